"""A measured study of tokens per pass against capacity: what the Limits page draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specviz.records.trace import Provenance


@dataclass(frozen=True)
class Measurement:
    """One strategy at one capacity, over all prompts of a study.

    drafter: its name, or "oracle": the target itself drafts, best first; the speed of light, not a real method.
    tokens, passes: emitted tokens L and target passes K of each prompt's run.
    expected: per prompt, the sum over passes of the tokens that the very tree of the pass wins on average, closing
        token included: the chance that the accepted path visits a node, added up. Of a race, what its clocks decided.
    surprisal: per prompt, the sum of -log p over the emitted text, nats.
    closing: per prompt, the sum over passes of -log(p(closing token) / mass that leaves the tree there), nats.
    ranks: how often the target's token had rank 1, 2, ... in the draft's race; empty where no clocks are shared.
    """

    drafter: str
    verifier: str
    capacity: int
    tokens: tuple[int, ...]
    passes: tuple[int, ...]
    seconds: float
    expected: tuple[float, ...] = ()
    surprisal: tuple[float, ...] = ()
    closing: tuple[float, ...] = ()
    ranks: tuple[int, ...] = ()


@dataclass(frozen=True)
class NestedTrees:
    """What the trees of one run would have won with fewer nodes.

    A nested strategy's tree with P nodes is the first P nodes of its tree with more, so the passes of one run at
    `capacity` tell, on the contexts of that run, the expected tokens of every smaller P.
    capacities: the smaller P.  expected: per prompt, per capacity, summed over the run's passes.  passes: per prompt.
    """

    drafter: str
    verifier: str
    capacity: int
    capacities: tuple[int, ...]
    expected: tuple[tuple[float, ...], ...]
    passes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class LimitsStudy:
    """Measurements over prompts x strategies x capacities, and the target's surprisals on the text it sampled.

    kinds, prompts: one entry per prompt.
    surprisals: per prompt, float64[L], -log p of each token that the target sampled, nats.
    entropies, second_moments: per prompt, float64[L], sum p (-log p) and sum p log^2 p at the same positions.
    """

    temperature: float
    drafts: int
    depth: int
    max_new_tokens: int
    seed: int
    provenance: Provenance
    vocabulary: int
    kinds: tuple[str, ...]
    prompts: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    surprisals: tuple[np.ndarray, ...]
    entropies: tuple[np.ndarray, ...]
    second_moments: tuple[np.ndarray, ...]
    nested: tuple[NestedTrees, ...] = ()
    note: str = ""
    schema: int = 2

    def curve(self, drafter: str, verifier: str) -> list[Measurement]:
        """The measurements of one strategy by rising capacity."""
        chosen = [m for m in self.measurements if (m.drafter, m.verifier) == (drafter, verifier)]
        return sorted(chosen, key=lambda m: m.capacity)

    def strategies(self) -> list[tuple[str, str]]:
        """(drafter, verifier) pairs in the order they were measured."""
        return list(dict.fromkeys((m.drafter, m.verifier) for m in self.measurements))
