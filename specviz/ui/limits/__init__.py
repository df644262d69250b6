"""Panels of the Limits page."""
