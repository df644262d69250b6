"""Pictures of the Rejections page."""
