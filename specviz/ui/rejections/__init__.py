"""Panels of the Rejections page."""
