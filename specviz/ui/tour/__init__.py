"""The tour: eight short steps on a toy pair, one file each."""
