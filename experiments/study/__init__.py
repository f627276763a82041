"""Runs, sweeps and their results: designed, carried out, kept and read back."""
