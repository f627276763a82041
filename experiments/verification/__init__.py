"""Long checks of the model: untreated tumours, and the exposure of one injection."""
