"""Exponential races measured on the pair."""
