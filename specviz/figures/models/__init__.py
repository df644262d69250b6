"""Pictures of the Models page."""
