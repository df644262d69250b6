"""The payload of the run player, and its sources."""
