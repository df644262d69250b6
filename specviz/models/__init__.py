"""Language models behind one seam: a toy table, and Hugging Face models (the only files that import torch)."""

import os

# The hub's library would also take a token that somebody's login has left in their home folder; a server's visitors
# shall use none but the one that its owner gave it in the environment. Settled before that library is imported.
os.environ.setdefault("HF_TOKEN_PATH", os.devnull)
