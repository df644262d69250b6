"""Pieces of the Sweep page."""
