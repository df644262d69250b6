"""Greedy text in 16 bits: is each token the target's most probable one, nearly tied with it, or wrong?

A pass over a tree and a pass over one token add the same numbers in another order. In float32 that changes digits that
no comparison looks at; in 16 bits two tokens whose logits are nearly equal can change places, and from there on the
texts differ although both are greedy. So a greedy text is not compared with another text but judged token by token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from specviz.engine.compare.comparison import Comparison, Method
from specviz.records import Warp
from specviz.records.comparison import SIXTEEN_BITS
from specviz.seams import LanguageModel


@dataclass(frozen=True, eq=False)
class NearTies:
    """How a text stands to the target that is read one token at a time.

    gaps: float64[L], at each place the largest logit minus that of the token written; 0 where it is the largest.
    rounding: float64[L], how far two logits can move against each other from a pass over one token to one over several.
    """

    gaps: np.ndarray
    rounding: np.ndarray

    @property
    def threshold(self) -> float:
        """The largest gap that rounding explains.

        Where a pass over several tokens gives logits l + e, it prefers token j to the most probable i only if
        l_i - l_j <= e_j - e_i <= max(e) - min(e); the threshold is the largest such range that was measured.
        """
        return float(self.rounding.max(initial=0.0))

    @property
    def exact(self) -> float:
        """Share of tokens that are the target's most probable one."""
        return float((self.gaps <= 0).mean())

    @property
    def near(self) -> float:
        """Share of tokens that are not, by a gap that rounding explains."""
        return float(((self.gaps > 0) & (self.gaps <= self.threshold)).mean())

    @property
    def wrong(self) -> float:
        """Share of tokens that rounding does not explain."""
        return float((self.gaps > self.threshold).mean())

    @property
    def largest_gap(self) -> float:
        """Largest gap of a token, in logits."""
        return float(self.gaps.max(initial=0.0))

    def sentence(self) -> str:
        """The finding in words."""
        return (
            f"Read one token at a time, {self.exact:.1%} of the tokens are the target's most probable one, "
            f"{self.near:.1%} nearly tie with it and {self.wrong:.1%} do not; largest gap {self.largest_gap:.2g} "
            f"logits, rounding explains {self.threshold:.2g}."
        )


def near_ties(
    model: LanguageModel,
    prompt_ids: Sequence[int],
    emitted: Sequence[int],
    width: int = 16,
    ran: LanguageModel | None = None,
) -> NearTies:
    """Judge a greedy text by the target alone: one pass for each token, and one for every `width` of them.

    width: tokens of a wide pass, the run's P + 1.  ran: the same weights as the run ran them, where that was another
    way; its wide passes are then what rounding is measured on. Raises ValueError for an empty text.
    """
    if not len(emitted):
        raise ValueError("There is no token to judge.")
    text = [int(token) for token in emitted]
    alone = _log_laws(model, prompt_ids, text, 1)
    gaps, rounding = [], []
    together = _log_laws(ran or model, prompt_ids, text, max(2, width))
    for token, one, other in zip(text, alone, together, strict=True):
        gaps.append(float(one.max() - one[token]))
        known = np.isfinite(one) & np.isfinite(other)
        rounding.append(float(np.ptp((other - one)[known])))
    return NearTies(np.array(gaps), np.array(rounding))


def parted_greedy(comparison: Comparison) -> Iterator[tuple[Method, int, NearTies]]:
    """Each run (method, unit) of a finished comparison in 16 bits at temperature 0 that parted from another, judged."""
    models, settings = comparison.models, comparison.settings
    if settings.temperature > 0 or models.provenance.dtype not in SIXTEEN_BITS:
        return
    parted = [one for one in comparison.divergences() if one.unit is not None]
    for outcome in comparison.outcomes:
        units = {one.unit for one in parted if outcome.method in (one.first, one.second)}
        width = outcome.method.settings(settings).capacity + 1
        for unit in sorted(unit for unit in units if unit is not None):
            run = outcome.runs[unit]
            yield outcome.method, unit, near_ties(models.target, run.prompt_ids, run.emitted, width)


def _log_laws(model: LanguageModel, prompt_ids: Sequence[int], text: list[int], width: int) -> Iterator[np.ndarray]:
    """The target's log-probabilities before each token, from passes over `width` tokens; differences are of logits."""
    session = model.open(list(prompt_ids), Warp())
    for start in range(0, len(text), width):
        chunk = text[start : start + width]
        rows = session.feed(chunk[:-1], range(len(chunk) - 1))
        with np.errstate(divide="ignore"):
            for place in range(len(chunk)):
                yield np.log(rows[place])
        session.commit(chunk)
