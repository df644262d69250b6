"""Language models behind one seam: a toy table, and Hugging Face models (the only files that import torch)."""
