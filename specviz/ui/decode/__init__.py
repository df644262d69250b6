"""Panels of the Decode page."""
