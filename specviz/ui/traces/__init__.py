"""Panels of the Traces page."""
