"""From a finished model to flat arrays that kernels read."""
