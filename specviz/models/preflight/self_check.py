"""Does a model take a tree in one pass? Eight nodes at once against plain passes, before anybody relies on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from specviz.models.hf import HFModel
from specviz.models.logits import LogitRows
from specviz.models.preflight.troubles import ModelError, Trouble, explain, first_line, shown
from specviz.models.windows import narrowed
from specviz.records import Warp

PARENTS = (0, 0, 1, 1, 2, 3, 4, 7)  # of nodes 1..8: three levels, two of them branching
LEAVES = (5, 6, 8)
CONTEXT = 6
WINDOW = 4  # fewer than the context, so that the check goes past it
# Differences of logits in units of their spread over the vocabulary; 16 bits hold 3 digits at most.
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.25, torch.float16: 0.1}


@dataclass(frozen=True)
class SelfCheck:
    """worst: the largest difference of a logit, over the spread of the logits.  allowed: for this dtype."""

    worst: float
    allowed: float


@torch.inference_mode()
def check_tree_pass(model: HFModel, name: str) -> SelfCheck:
    """The rows of an eight-node tree from one pass, and from a plain pass down to each of its three leaves.

    Twice: above a context, and again after a path across the tree was accepted, whose rows had to move in the cache.
    A model with sliding windows is checked with windows of four tokens, so that its masks are tested past them.
    ModelError where they differ by more than rounding, and where the pass cannot be made at all.
    """
    ids = [1 + (7 * i) % (model.vocabulary - 1) for i in range(CONTEXT + len(PARENTS))]
    context, tokens = ids[:CONTEXT], ids[CONTEXT:]
    accepted = [tokens[node - 1] for node in _path(LEAVES[0])] + tokens[:1]
    if model.context <= len(ids) + len(accepted):
        raise ModelError(f"{shown(name)} reads {model.context} tokens at once, too few for a tree.", Trouble.PASS)
    try:
        with narrowed(model.module.config.get_text_config(), WINDOW):
            session = model.open(context, Warp())
            first = _difference(model, context, tokens, session.feed(tokens, PARENTS))
            session.commit(accepted)
            second = _difference(model, context + accepted, tokens, session.feed(tokens, PARENTS))
        worst = float(np.max([first, second]))  # a NaN stays
    except Exception as error:  # each family breaks in its own way when it cannot do it
        raise _refused(name, error) from error
    allowed = TOLERANCE.get(model.module.dtype, 0.25)
    if not worst <= allowed:  # a NaN is a failure too
        raise ModelError(
            f"{shown(name)} gives other laws for a tree in one pass than for its paths one by one (off by {worst:.2g}, "
            f"allowed {allowed:g}): its attention does not keep branches apart.",
            Trouble.PASS,
        )
    return SelfCheck(worst, allowed)


def _difference(model: HFModel, context: list[int], tokens: list[int], rows: LogitRows) -> float:
    """The largest difference of a logit from plain passes down to the leaves, over the spread of the logits."""
    worst = 0.0
    for leaf in LEAVES:
        nodes = _path(leaf)
        text = torch.tensor([context + [tokens[n - 1] for n in nodes]], device=model.device)
        plain = model.module(input_ids=text, use_cache=False).logits[0, :, : model.vocabulary].float()
        for place, node in enumerate([0, *nodes], start=len(context) - 1):
            spread = float(plain[place].std()) + 1e-12
            off = float((rows.logits(node).to(plain.device).float() - plain[place]).abs().max()) / spread
            worst = off if off > worst or off != off else worst  # a NaN stays
    return worst


def _path(leaf: int) -> list[int]:
    """Nodes from below the root down to a leaf."""
    path = []
    while leaf > 0:
        path.append(leaf)
        leaf = PARENTS[leaf - 1]
    return path[::-1]


def _refused(name: str, error: Exception) -> ModelError:
    found = explain(name, error)
    if found.trouble != Trouble.OTHER:
        return found
    return ModelError(f"{shown(name)} cannot take a tree in one pass: {first_line(error)}.", Trouble.PASS)
