"""Texts that the target writes itself: the contexts that a draft model meets when it is used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

TEMPERATURES = (0.7, 1.0)  # the pages' usual ones, half of the texts each
BATCH = 64


@torch.no_grad()
def sample_windows(target: torch.nn.Module, tokens: int, window: int, end: int, device: str) -> np.ndarray:
    """int32[n, window]: texts of about so many tokens, each from the end-of-text token on, whatever it then opens."""
    torch.manual_seed(1)
    rows = []
    start = torch.full((BATCH, 1), end, device=device)
    batches = max(len(TEMPERATURES), round(tokens / (BATCH * window)))
    for number in range(batches):
        ids = target.generate(
            start, do_sample=True, temperature=TEMPERATURES[number % len(TEMPERATURES)], top_k=0, top_p=1.0,
            max_new_tokens=window - 1, min_new_tokens=window - 1, eos_token_id=None, pad_token_id=end,
        )  # fmt: skip
        rows.append(ids.cpu().numpy().astype(np.int32))
        print(f"sampled {number + 1} of {batches} batches", flush=True)
    return np.concatenate(rows)


def interleaved(texts: Iterator[np.ndarray], samples: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """A window of the corpus and one of the samples in turn, for ever."""
    while True:
        for row in samples[rng.permutation(len(samples))]:
            yield next(texts)
            yield row
