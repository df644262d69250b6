"""Sweeps: prompts x strategies x capacities x seeds, on this machine or on many."""
