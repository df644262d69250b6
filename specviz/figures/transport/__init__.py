"""Pictures of the Transport page."""
