"""What can be known of a pair before and while it is loaded: size, memory, tokens, troubles, a first pass."""
