"""Several methods on the same texts and the same randomness, and whether one of them is exact."""
