"""Tumour cells and the populations of the infiltrate: how they come, walk and divide."""
