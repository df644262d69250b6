"""Panels of the Probe page."""
