"""Pictures of the Races page."""
