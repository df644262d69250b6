"""Panels of the Races page."""
