"""The trial: who may enter it."""
