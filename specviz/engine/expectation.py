"""What one draft tree wins on average, the tree and both models' rows given: no second pass, no sampling.

The chance that the accepted path visits a node is its parent's chance times that of the rule going on there. Added up
over the tree, the root with chance 1 included, that is the expected number of tokens of the pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.chance import next_script
from specviz.engine.step import Pass
from specviz.records import Draw, DrawKind
from specviz.seams import Verifier
from specviz.verification.walk import NodeView, TreeWalk

OTHER = -1  # a token that no child carries


def reach(verifier: Verifier, one: Pass) -> np.ndarray | None:
    """float64[n+1]: chance that the accepted path visits each node, 1 at the root.

    On shared clocks the verdict is decided once the tree is drawn, and chances are 0 or 1. None for a rule that does
    not decide node by node.
    """
    size = one.tree.size + 1
    if verifier.shares_clocks:
        visited = np.zeros(size)
        visited[[0, *one.verdict.path]] = 1.0
        return visited
    if not isinstance(verifier, TreeWalk):
        return None
    chances = np.zeros(size)
    chances[0] = 1.0
    for node in range(size):  # parents come first
        children = one.tree.children[node]
        if not children or chances[node] == 0:
            continue
        tokens = [one.tree.ids[i] for i in one.tree.trials(node)]
        view = NodeView(node, one.position + int(one.tree.depth[node]), tokens, one.target_rows, one.draft_rows)
        onward = next_token_law(verifier, view)
        for child in children:
            chances[child] = chances[node] * onward.get(one.tree.ids[child], 0.0)
    return chances


def next_token_law(rule: TreeWalk, view: NodeView) -> dict[int, float]:
    """Chance of each drafted token to be the rule's answer at a node, whichever way its coins fall."""
    law: dict[int, float] = {}
    script: list[int] = []
    while True:
        chance = Fork(view.tokens, script)
        token = rule.decide(view, chance).token
        law[token] = law.get(token, 0.0) + chance.weight
        script = next_script(script, chance.options)
        if not script:
            law.pop(OTHER, None)
            return law


@dataclass
class Fork:
    """One way through a rule's coins and its last draw; tokens that no child carries count as one.

    weight: chance of this way.  options: how many ways there were at each turn.
    """

    tokens: Sequence[int]
    script: list[int]
    shared: bool = False
    weight: float = 1.0
    options: list[int] = field(default_factory=list)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Nothing is recorded."""
        return ()

    def _choose(self, weights: list[float]) -> int:
        turn = len(self.options)
        self.options.append(len(weights))
        chosen = self.script[turn] if turn < len(self.script) else 0
        self.weight *= weights[chosen]
        return chosen

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """Both sides, unless one is impossible."""
        if probability <= 0 or probability >= 1:
            return probability >= 1
        return self._choose([float(probability), 1.0 - float(probability)]) == 0

    def pick(self, row: np.ndarray, node: int) -> int:
        """A drafted token, or any other."""
        total = float(row.sum())
        tokens = [token for token in dict.fromkeys(self.tokens) if row[token] > 0]
        weights = [float(row[token]) / total for token in tokens]
        chosen = self._choose([*weights, max(0.0, 1.0 - sum(weights))])
        return tokens[chosen] if chosen < len(tokens) else OTHER

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """Rules that race share clocks and are not followed here."""
        raise NotImplementedError

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """Rules that race share clocks and are not followed here."""
        raise NotImplementedError
