"""What was left of the target's law after each guess that lost: asked of the rule itself, never computed anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.records import DraftTree, Draw, DrawKind, Rows, SparseRows, Verdict, sparse_from_dense
from specviz.seams import Verifier
from specviz.verification.walk import NodeView, TreeWalk

MOST = 8  # rejections of one node that are told apart


def residual_laws(
    verifier: Verifier,
    tree: DraftTree,
    target_rows: Rows,
    draft_rows: Rows,
    verdict: Verdict,
    position: int,
    keep: int,
) -> dict[int, SparseRows]:
    """At each visited node where a coin fell against a guess, the law left after the 1st, 2nd, .. rejection.

    Row j is what the rule draws its own token from if exactly those j guesses had been there and had all lost. A row is
    unknown where the rule has no such law in between: one that tests all guesses with a common factor, for instance.
    Empty for rules without coins and for those that do not decide node by node. keep: most probable ids of each row.
    """
    if verifier.shares_clocks or not isinstance(verifier, TreeWalk):
        return {}
    found: dict[int, SparseRows] = {}
    for place, node in enumerate((0, *(int(i) for i in verdict.path))):
        lost = [d for d in verdict.draws if d.node == node and d.kind == DrawKind.COIN and not d.outcome][:MOST]
        if not lost:
            continue
        tokens = [tree.ids[i] for i in tree.trials(node)]
        choices = [d.outcome for d in verdict.draws if d.node == node and d.kind == DrawKind.CHOICE]
        laws: list[np.ndarray | None] = []
        for count in range(1, len(lost) + 1):
            views = [tokens[:count], tokens] if count == len(lost) else [tokens[:count]]
            seen = (NodeView(node, position + place, some, target_rows, draft_rows) for some in views)
            rows = (_left(verifier, view, lost[:count], choices) for view in seen)
            laws.append(next((row for row in rows if row is not None), None))
        if any(law is not None for law in laws):
            shown = [tree.ids[i] for i in tree.children[node]]
            shown += [verdict.closing_token] if place == len(verdict.path) else []
            found[node] = sparse_from_dense(laws, keep, [shown] * len(laws))
    return found


def _left(rule: TreeWalk, view: NodeView, lost: Sequence[Draw], choices: Sequence[bool]) -> np.ndarray | None:
    """The law drawn from after these rejections; None where, asked like this, the rule tests anything else."""
    chance = _Losing(list(choices))
    rule.decide(view, chance)
    if chance.row is None or chance.tested != [(draw.token, draw.law) for draw in lost] or not chance.row.sum() > 0:
        return None
    return np.asarray(chance.row / chance.row.sum(), dtype=np.float64)


@dataclass
class _Losing:
    """Every test fails; choices between draws fall as they did.

    tested: token and chance of each test.  row: what was drawn from.
    """

    choices: list[bool]
    shared: bool = False
    tested: list[tuple[int, float]] = field(default_factory=list)
    row: np.ndarray | None = None

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Nothing is recorded."""
        return ()

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """Against the guess; a choice is taken from the record."""
        if kind == DrawKind.CHOICE:
            return bool(self.choices) and self.choices.pop(0)
        self.tested.append((token, float(probability)))
        return False

    def pick(self, row: np.ndarray, node: int) -> int:
        """The row is what is wanted; any token will do."""
        self.row = row
        return int(np.argmax(row))

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """Rules that race toss no coins and are not asked."""
        raise NotImplementedError

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """Rules that race toss no coins and are not asked."""
        raise NotImplementedError
