"""Pictures of the Limits page."""
