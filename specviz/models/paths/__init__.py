"""Ways to run a model's layers: the Hugging Face module, and faster ones that passed their own check."""
