"""Panels of the Transport page."""
