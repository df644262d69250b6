"""Pictures of the Tour page."""
