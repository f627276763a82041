"""A config: read, checked, and what it says of a run."""
