"""Random trees, and the plain passes that their rows must equal."""

from __future__ import annotations

import numpy as np
import torch

from specviz.records import Warp

WARP = Warp()


def random_tree(rng: np.random.Generator, nodes: int, vocabulary: int) -> tuple[list[int], list[int]]:
    """Tokens and parents of a random tree whose siblings differ."""
    tokens: list[int] = []
    parents: list[int] = []
    taken: set[tuple[int, int]] = set()
    while len(tokens) < nodes:
        parent, token = int(rng.integers(0, len(tokens) + 1)), int(rng.integers(1, vocabulary))
        if (parent, token) not in taken:
            taken.add((parent, token))
            tokens.append(token)
            parents.append(parent)
    return tokens, parents


def path_to(tokens: list[int], parents: list[int], node: int) -> list[int]:
    """Tokens on the way from the root down to a node."""
    path = []
    while node > 0:
        path.append(tokens[node - 1])
        node = parents[node - 1]
    return path[::-1]


@torch.inference_mode()
def plain_logits(model, ids: list[int]) -> torch.Tensor:
    """The last row of one plain forward pass without a cache."""
    return model.module(input_ids=torch.tensor([ids], device=model.device), use_cache=False).logits[0, -1]


def worst_of_rounds(model, context: list[int], seed: int, rounds: int = 4, nodes: int = 14) -> float:
    """The largest difference of a logit from plain passes: several trees, fed in two passes, committed in part."""
    rng = np.random.default_rng(seed)
    context, vocabulary, worst = list(context), model.vocabulary, 0.0
    session = model.open(context, WARP)
    for _ in range(rounds):
        tokens, parents = random_tree(rng, nodes, vocabulary)
        split = int(rng.integers(0, len(tokens) + 1))  # two passes must give what one gives
        session.feed(tokens[:split], parents[:split])
        rows = session.feed(tokens[split:], parents[split:])
        for node in range(len(tokens) + 1):
            expected = plain_logits(model, context + path_to(tokens, parents, node))[:vocabulary]
            off = float((rows.logits(node).float() - expected.float()).abs().max())
            worst = off if off > worst or off != off else worst  # a NaN stays
        node = int(rng.integers(0, len(tokens) + 1))
        ids = [*path_to(tokens, parents, node), int(rng.integers(1, vocabulary))]
        session.commit(ids)
        context += ids
        assert session.length == len(context)
    return worst
