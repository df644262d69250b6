"""The tree walk, written once: a node rule decides at each node, the walk follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np

from specviz.records import ClosingKind, DraftTree, Rows, Sampling, State, Verdict
from specviz.seams import Chance


@dataclass(frozen=True)
class NodeView:
    """What a rule sees at one node; rows are fetched only when it looks.

    tokens: the children's tokens in the order they were drawn, repeats kept; empty at a leaf.
    position: text position of the children.
    """

    node: int
    position: int
    tokens: Sequence[int]
    target_rows: Rows
    draft_rows: Rows

    @cached_property
    def target_row(self) -> np.ndarray:
        """float64[V], the target's law after this node."""
        return self.target_rows[self.node]

    @cached_property
    def draft_row(self) -> np.ndarray:
        """float64[V], the draft model's law after this node."""
        return self.draft_rows[self.node]


@dataclass(frozen=True)
class Decision:
    """A rule's answer at one node.

    token: the next token of the text; if a child carries it, the walk goes on there.
    tried: the tokens examined, in order, each with its chance at that moment (NaN where the rule has no such number).
    """

    token: int
    tried: tuple[tuple[int, float], ...]


class NodeRule(Protocol):
    """A rule that decides at one node and knows nothing of the tree."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The next token after this node."""
        ...


class TreeWalk:
    """A verifier made of a node rule: from the root, follow the rule's token while a child carries it.

    Lossless when the rule is lossless at each node, because the rule at a node reads nothing but that node's rows and
    its children's tokens, and the children were drawn after the node.
    """

    accepts: ClassVar[frozenset[Sampling]]
    shares_clocks: ClassVar[bool] = False
    one_field_per_draft: ClassVar[bool] = False
    lossless: ClassVar[bool] = True

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The node rule; each verifier of this kind is this one method."""
        raise NotImplementedError

    def verify(self, tree: DraftTree, target_rows: Rows, draft_rows: Rows, chance: Chance, position: int) -> Verdict:
        """Walk from the root to the closing token."""
        state = [State.ROOT, *[State.UNSEEN] * tree.size]
        accept_prob = [math.nan] * (tree.size + 1)
        path: list[int] = []
        node = 0
        while True:
            tokens = [tree.ids[i] for i in tree.trials(node)]
            view = NodeView(node, position + len(path), tokens, target_rows, draft_rows)
            decision = self.decide(view, chance)
            for token, prob in decision.tried:
                _examined(tree, node, token, prob, state, accept_prob)
            child = tree.child(node, decision.token)
            if child is None:
                kind = ClosingKind.CORRECTION if tokens else ClosingKind.BONUS
                columns = np.array(state, np.uint8), np.array(accept_prob), np.array(path, np.int32)
                return Verdict(*columns, decision.token, kind, chance.draws)
            state[child] = State.ACCEPTED
            path.append(child)
            node = child


def _examined(tree: DraftTree, node: int, token: int, prob: Any, state: list[State], accept_prob: list[float]) -> None:
    child = tree.child(node, token)
    if child is not None:
        state[child] = State.REJECTED
        if math.isnan(accept_prob[child]):  # a repeated draw keeps the chance of its first trial
            accept_prob[child] = float(prob)
