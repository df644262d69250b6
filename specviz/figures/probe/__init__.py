"""Pictures of the Probe page."""
