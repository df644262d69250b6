"""What every drafter shares: the registry, its defaults, and the tree under construction."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from specviz.chance import Drawn
from specviz.records import DraftTree, Sampling
from specviz.registry import Registry
from specviz.seams import Drafter, Guesser, Round

DRAFTERS: Registry[Drafter] = Registry("specviz.drafting", "drafter")


def make_drafter(spec: str) -> Drafter:
    """The drafter that a spec asks for: a name, or a name with arguments; ValueError says what is wrong with it."""
    return DRAFTERS.make(spec)


class OwnTrees:
    """The default of a drafter: each capacity has a tree of its own."""

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """No tree of a smaller capacity is promised to be part of this one."""
        return None


class DraftModelDrafter(OwnTrees):
    """Defaults of a drafter: it is given the draft model, and anybody could run it."""

    guesser: ClassVar[Guesser] = Guesser.DRAFT
    real: ClassVar[bool] = True


def by_worth(worth: np.ndarray) -> np.ndarray:
    """Nodes 1..n by falling worth, those that came first before their equals. worth: float64[n+1], the root's first."""
    return np.argsort(-worth[1:], kind="stable") + 1


class TreeBuilder:
    """A draft tree that grows node by node; equal siblings are merged and their draws kept in order."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.token: list[int] = [-1]
        self.parent: list[int] = [-1]
        self.depth: list[int] = [0]
        self.prob: list[Any] = [1]
        self.drawn: list[list[int]] = [[]]
        self._child: dict[tuple[int, int], int] = {}

    @property
    def size(self) -> int:
        """Draft nodes so far, the root not counted."""
        return len(self.token) - 1

    def __contains__(self, child: tuple[int, int]) -> bool:
        """Whether a node (parent, token) is in the tree."""
        return child in self._child

    def add(self, parent: int, token: int, prob: Any) -> int:
        """The child of `parent` that carries `token`, made if it is new; the draw is noted either way."""
        node = self._child.get((parent, token))
        if node is None:
            node = len(self.token)
            self._child[parent, token] = node
            self.token.append(int(token))
            self.parent.append(parent)
            self.depth.append(self.depth[parent] + 1)
            self.prob.append(prob)
            self.drawn.append([])
        self.drawn[parent].append(node)
        return node

    def add_draws(self, parent: int, drawn: Drawn) -> list[int]:
        """The children of `parent` that carry what was drawn from its draft row, one for each draw."""
        return [self.add(parent, token, prob) for token, prob in zip(drawn.tokens, drawn.probs, strict=True)]

    def build(self) -> DraftTree:
        """The finished tree; the rank of a child is the order of its first draw."""
        rank = [0] * len(self.token)
        for children in self.drawn:
            for place, node in enumerate(dict.fromkeys(children)):
                rank[node] = place + 1
        repeated = any(len(set(children)) < len(children) for children in self.drawn)
        return DraftTree(
            token=np.array(self.token, np.int32),
            parent=np.array(self.parent, np.int32),
            depth=np.array(self.depth, np.int16),
            rank=np.array(rank, np.int16),
            draft_prob=np.array([float(p) for p in self.prob]),
            sampling=self.sampling,
            drawn=tuple(tuple(children) for children in self.drawn) if repeated else (),
        )
