"""What followed the same words earlier in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, OwnTrees, TreeBuilder
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.seams import Chance, Guesser, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class PromptLookup(OwnTrees):
    """Find where the last n tokens stood before, longest n first, and guess what followed there [28].

    The continuations of the k latest places are merged into a tree; a node's probability is the share of places that
    went on with it. There is no draft model, hence no draft row: only a rule that reads none fits.
    """

    name: ClassVar[str] = "prompt_lookup"
    title: ClassVar[str] = "Prompt lookup"
    summary: ClassVar[str] = "Copies what followed the same words earlier in the text; there is no draft model."
    cost: ClassVar[str] = "no model pass; O(length of the text)"
    reference: ClassVar[int] = 28
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})
    guesser: ClassVar[Guesser] = Guesser.CONTEXT
    real: ClassVar[bool] = True
    longest: int = parameter(3, 1, 8, "tokens that must agree, at best")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes; no node where the last token is new to the text."""
        builder = TreeBuilder(self.sampling)
        counts: dict[int, int] = {0: 0}
        for continuation in self._continuations(list(session.ids), limits):
            counts[0] += 1
            node = 0
            for token in continuation:
                if builder.size >= limits.capacity and (node, token) not in builder:
                    break
                node = builder.add(node, token, 0.0)
                counts[node] = counts.get(node, 0) + 1
                if token in limits.stop_ids:
                    break
        for node in range(1, builder.size + 1):
            builder.prob[node] = counts[node] / counts[builder.parent[node]]
        builder.drawn = [list(dict.fromkeys(children)) for children in builder.drawn]
        return builder.build(), session.feed([], [])

    def _continuations(self, ids: list[int], limits: Round) -> list[list[int]]:
        """What stands after the latest k places of the longest ending that occurs earlier."""
        for length in range(min(self.longest, len(ids) - 1), 0, -1):
            ending = ids[-length:]
            places = [i for i in range(len(ids) - 1, length - 1, -1) if ids[i - length : i] == ending]
            if places:
                return [ids[place : place + limits.depth] for place in places[: limits.drafts]]
        return []
