"""Vessels and oxygen."""
