"""Reading texts with both models, many prompts side by side, and what to set for one."""
