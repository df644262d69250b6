"""Panels of the Models page."""
