"""The stored rows of one pass, standing in for the models: what they pin down, and a clear refusal where they do not.

A record keeps some ids of each row and the mass of all smaller ids, so the mass of every gap between two kept ids is
known, of both models, but not how it is spread over the ids inside. Methods are therefore run under extreme spreads;
what they all answer is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from specviz.chance import Sampled
from specviz.engine.step import chance_of, shared_field
from specviz.engine.whatif.spread import ROUNDING, FloatArray, Spread, spread_out
from specviz.race import DRAFT, PICK
from specviz.records import (
    Arrivals,
    Clocks,
    DecodeTrace,
    DraftTree,
    Iteration,
    Rows,
    Sampling,
    SparseRows,
    Top,
    Warp,
    top_of_rows,
)
from specviz.seams import Session
from specviz.verification import make_verifier

Side = Literal["draft", "target"]


class NotStoredError(ValueError):
    """What was asked for is not in the record; the message is one sentence for the person at the screen."""


@dataclass(frozen=True)
class StoredPass:
    """One recorded pass, asked for rows by the path that leads to a node."""

    trace: DecodeTrace
    index: int
    _kept: dict[tuple[Side, int], SparseRows | None] = field(default_factory=dict)

    @cached_property
    def item(self) -> Iteration:
        """The recorded pass."""
        return self.trace.iterations[self.index]

    @cached_property
    def ids(self) -> list[int]:
        """The context."""
        before = (token for item in self.trace.iterations[: self.index] for token in item.emitted)
        return [*self.trace.prompt_ids, *before]

    @cached_property
    def _children(self) -> dict[tuple[int | None, int], int]:
        tree = self.item.tree
        return {(int(tree.parent[i]), tree.ids[i]): i for i in range(1, tree.size + 1)}

    def child(self, node: int | None, token: int) -> int | None:
        """The recorded node after `node` that carries `token`; None where there is none."""
        return self._children.get((node, token))

    def nodes(self, tree: DraftTree) -> list[int | None]:
        """For each node of another tree, the recorded node on the same path."""
        found: list[int | None] = [0]
        for node in range(1, tree.size + 1):
            found.append(self.child(found[int(tree.parent[node])], tree.ids[node]))
        return found

    def kept(self, side: Side, node: int | None) -> SparseRows | None:
        """The recorded row of a node by rising id, one column; None where there is none."""
        if node is not None and (side, node) not in self._kept:
            self._kept[side, node] = _by_id(self.item.draft if side == "draft" else self.item.target, node)
        return None if node is None else self._kept[side, node]

    def kept_ids(self, side: Side, node: int | None) -> frozenset[int]:
        """The ids that were kept at a node; none where there is no row."""
        kept = self.kept(side, node)
        return frozenset() if kept is None else frozenset(kept.ids.tolist())

    def row(self, side: Side, node: int, spread: Spread) -> FloatArray | None:
        """float64[V], a row that agrees with all that was kept; None where nothing was."""
        kept, other = self.kept(side, node), self.kept("target" if side == "draft" else "draft", node)
        if kept is None:
            return None
        if np.isnan(kept.below).any() or (other is not None and not np.array_equal(kept.ids, other.ids)):
            raise NotStoredError("This run was recorded by an earlier SpecViz, which kept too little of each row.")
        row = spread_out(kept, self.trace.vocabulary, spread, from_left=side == "target")
        if spread.most:
            row = np.minimum(row, self._known_races(side, node, kept))
        return row

    def _known_races(self, side: Side, node: int, kept: SparseRows) -> FloatArray:
        """float64[V]: at most this probable is each id that was not kept, because it did not win a race there.

        Children drawn by a race are its first arrivals, and the winner of the target's race is always kept: any other
        id arrives after them, hence p < clock / that time.
        """
        settings, judge, item = self.trace.settings, make_verifier(self.trace.settings.verifier), self.item
        limit = np.full(self.trace.vocabulary, np.inf)
        drawn = item.tree.token[list(item.tree.children[node])] if node <= item.tree.size else np.zeros(0, np.int32)
        races: list[tuple[Sampled, NDArray[np.bool_]]] = []
        if side == "draft" and item.tree.sampling == Sampling.SHARED_RACE and len(drawn):
            own = Sampled(**chance_of(settings, judge, item.context_len, DRAFT))
            races.append((own, np.isin(kept.ids, drawn)))
        if side == "target" and node in (0, *item.verdict.path.tolist()):
            races.append((shared_field(settings, item.context_len), np.ones(len(kept.ids), bool)))
            if judge.shares_clocks:
                races.append((Sampled(**chance_of(settings, judge, item.context_len, PICK)), races[0][1]))
        for chance, known in races:
            clocks = chance.clocks(item.context_len + int(item.tree.depth[node]), self.trace.vocabulary)
            with np.errstate(divide="ignore"):
                arrivals = (clocks[kept.ids] / kept.probs)[known]
            limit = np.minimum(limit, clocks / (arrivals.max() if side == "draft" else arrivals.min()))
        limit[kept.ids] = np.inf
        return limit * (1 - ROUNDING)

    def after(self, tree: DraftTree, node: int) -> str:
        """The place of a node in words: after which drafted tokens."""
        texts = self.trace.texts
        words = "".join(texts.get(tree.ids[i], "?") for i in tree.path(node))
        return f"after \u201c{words}\u201d" if words else "at the end of the text so far"


def _by_id(rows: SparseRows, node: int) -> SparseRows | None:
    if node >= len(rows.ids) or not rows.known(node):
        return None
    order = np.argsort(rows.ids[node])
    order = order[rows.ids[node][order] >= 0]
    return SparseRows(rows.ids[node][order], rows.probs[node][order], rows.tail[node], rows.below[node][order])


@dataclass
class StoredRows:
    """Rows of one model after the nodes of a tree, `nodes[i]` being the recorded node of node i or None."""

    stored: StoredPass
    side: Side
    spread: Spread
    nodes: list[int | None]
    where: Callable[[int], str]
    _known: dict[int, FloatArray] = field(default_factory=dict)

    def __getitem__(self, node: int) -> FloatArray:
        """A row that agrees with what was kept; NotStoredError where nothing was."""
        if node not in self._known:
            place = self._place(node)
            row = None if place is None else self.stored.row(self.side, place, self.spread)
            if row is None:
                model = "draft model" if self.side == "draft" else "target"
                raise NotStoredError(f"In the recorded pass the {model} was not run {self.where(node)}.")
            self._known[node] = row
        return self._known[node]

    @property
    def asked(self) -> bool:
        """Whether any row was asked for."""
        return bool(self._known)

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The most probable tokens of each row."""
        return top_of_rows(self, nodes, count)

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Races are run on the rows themselves."""
        return [None] * len(nodes)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """What was recorded at these nodes, whatever ids are asked for; nothing at the others."""
        rows = self.stored.item.draft if self.side == "draft" else self.stored.item.target
        places = [None if node is None else self._place(node) for node in nodes]
        return rows.and_unknown().select([len(rows.ids) if i is None or i >= len(rows.ids) else i for i in places])

    def _place(self, node: int) -> int | None:
        """The recorded node on the same path."""
        return self.nodes[node] if node < len(self.nodes) else None


@dataclass
class StoredSession:
    """A drafter's session that was recorded: it knows the rows of the recorded tree and nothing else."""

    stored: StoredPass
    spread: Spread
    _nodes: list[int | None] = field(default_factory=lambda: [0])
    _words: list[str] = field(default_factory=lambda: [""])

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.stored.trace.vocabulary

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        return self.stored.ids

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return self.stored.item.context_len

    @property
    def small(self) -> Session:
        """A record keeps one model's rows for the drafter."""
        raise NotStoredError("The record keeps the middle model's rows, but not those of the small one below it.")

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """Nodes are found by their path; one that was not recorded is refused when its row is asked for."""
        for token, parent in zip(tokens, parents, strict=True):
            self._nodes.append(self.stored.child(self._nodes[parent], token))
            self._words.append(self._words[parent] + self.stored.trace.texts.get(token, "?"))
        return StoredRows(self.stored, "draft", self.spread, self._nodes, self._where)

    def commit(self, ids: Sequence[int]) -> None:
        """A recorded pass has no next one."""
        raise NotStoredError("A recorded pass cannot be gone on from.")

    def early_exit(self, share: float, warp: Warp) -> Session:
        """Layers are not recorded."""
        raise NotStoredError("The record does not keep the rows of the target's first layers.")

    def _where(self, node: int) -> str:
        words = self._words[node]
        return f"after \u201c{words}\u201d" if words else "at the end of the text so far"
