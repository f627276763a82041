"""What the model says of itself: rules as sentences, parameter cards, sources, dose sheet."""
