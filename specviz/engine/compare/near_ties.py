"""Greedy text in 16 bits: is each token the target's most probable one, nearly tied with it, or wrong?

A pass over a tree and a pass over one token add the same numbers in another order. In float32 that changes digits that
no comparison looks at; in 16 bits two tokens whose logits are nearly equal can change places, and from there on the
texts differ although both are greedy. So a greedy text is not compared with another text but judged token by token.

What may be called a tie must not be told by the passes that are judged, for a faulty pass would excuse itself. So what
they move is held against a bound that knows only the dtype. A number of the dtype carries a relative error of at most
eps / 2, and the largest logit m spans about 4 standard deviations of the logits. Let n tensors on the way to the logits
be rounded, each in its own way: the hidden state is off by eps / 2 sqrt(n), a logit by eps / 8 sqrt(n) m, and the
difference of two logits between two passes, in which four such errors meet, by eps / 4 sqrt(n) m, as a standard
deviation. For n of some dozens and 4 deviations that is about 8 eps m. In 16 bits sums are accumulated in float32 and
add nothing; in float32 each of them rounds as it grows, the square root of its length times as much, which blocked sums
keep below 8 times as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from specviz.engine.compare.comparison import Comparison, Outcome
from specviz.records import Warp
from specviz.records.comparison import SIXTEEN_BITS, first_difference
from specviz.seams import LanguageModel, Session

EPS = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23}
DEVIATIONS = {"bfloat16": 8, "float16": 8, "float32": 64}  # of eps times the largest logit


@dataclass(frozen=True, eq=False)
class NearTies:
    """How a text stands to the target that is read one token at a time.

    gaps: float64[L], at each place the largest logit minus that of the token written; 0 where it is the largest.
    moved: float64[L], by how much passes over several tokens move the difference of two logits there: the largest one
    and that of the token written, or the second largest where the token written is the most probable one.
    bounds: float64[L], the most that rounding can move it by, from the dtype alone.
    steps: float64[L], between the largest logit and the next number that the dtype can hold.
    """

    gaps: np.ndarray
    moved: np.ndarray
    bounds: np.ndarray
    steps: np.ndarray

    @property
    def off(self) -> bool:
        """Whether a pass over several tokens moves logits by more than rounding can: it is faulty, and nothing ties."""
        return bool((self.moved > self.bounds).any())

    @property
    def threshold(self) -> float:
        """The largest gap that rounding explains.

        Where a pass over several tokens gives logits l + e, it prefers token j to the most probable i only if
        l_i - l_j <= e_j - e_i; the threshold is the largest such change that was measured, 0 where a pass is off. It
        is never less than one step of the dtype: two logits that were rounded to neighbouring numbers may have been as
        near to one another as one likes, and no measured pass needs to have met that place.
        """
        return 0.0 if self.off else float(np.concatenate([self.moved, self.steps]).max(initial=0.0))

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
        shares = (
            f"Read one token at a time, {self.exact:.1%} of the tokens are the target's most probable one, "
            f"{self.near:.1%} nearly tie with it and {self.wrong:.1%} do not; largest gap {self.largest_gap:.2g} logits"
        )
        if not self.off:
            return f"{shares}, rounding explains {self.threshold:.2g}."
        worst = int(np.argmax(self.moved - self.bounds))
        return (
            f"{shares}. Passes over several tokens are off: they move the difference of two logits by "
            f"{self.moved[worst]:.2g}, and rounding by at most {self.bounds[worst]:.2g}; so nothing counts as a tie."
        )


def near_ties(
    model: LanguageModel,
    prompt_ids: Sequence[int],
    emitted: Sequence[int],
    dtype: str,
    width: int = 16,
    ran: LanguageModel | None = None,
) -> NearTies:
    """Judge a greedy text by the target alone: one pass for each token, and one for every `width` of them.

    model: the plain one.  dtype: what it computes in, a key of EPS.  width: tokens of a wide pass, the run's P + 1.
    ran: the same weights as the run ran them, where that was another way; its wide passes are measured too.
    Raises ValueError for an empty text and for another dtype.
    """
    if not len(emitted):
        raise ValueError("There is no token to judge.")
    if dtype not in EPS:
        raise ValueError(f"Rounding is known for {', '.join(EPS)}; not for {dtype!r}.")
    text = [int(token) for token in emitted]
    ways = [way for way in (model, ran) if way is not None]
    wide = zip(*(_logits(way, prompt_ids, text, max(2, width)) for way in ways), strict=True)
    found = []
    for token, one, others in zip(text, _logits(model, prompt_ids, text, 1), wide, strict=True):
        best = int(one.argmax())
        rival = token if token != best else int(np.where(np.arange(len(one)) == best, -np.inf, one).argmax())
        moved = max(_moved(one, other, best, rival) for other in others)
        largest = np.abs(one[np.isfinite(one)]).max()
        step = EPS[dtype] * 2.0 ** np.floor(np.log2(largest)) if largest > 0 else 0.0
        found.append((one[best] - one[token], moved, DEVIATIONS[dtype] * EPS[dtype] * largest, step))
    return NearTies(*np.array(found, np.float64).T)


def parted_runs(comparison: Comparison) -> list[tuple[Outcome, int]]:
    """Each run (method, unit) of a comparison in 16 bits at temperature 0 that wrote another text than another method.

    The dtype is the target's, which stands first where the draft model has one of its own.
    """
    if comparison.settings.temperature > 0 or _dtype(comparison) not in SIXTEEN_BITS:
        return []
    outcomes = comparison.outcomes
    return [
        (outcome, unit)
        for outcome in outcomes
        for unit in range(min(len(one.runs) for one in outcomes))
        if any(first_difference(outcome.text(unit), other.text(unit)) is not None for other in outcomes)
    ]


def judged(comparison: Comparison, outcome: Outcome, unit: int) -> NearTies:
    """A run of the comparison, judged by its target as a plain module; the prompt's pass is part of it."""
    run, target = outcome.runs[unit], comparison.models.target
    width = outcome.method.settings(comparison.settings).capacity + 1
    return near_ties(_plain(target), run.prompt_ids, run.emitted, _dtype(comparison), width, target)


def _dtype(comparison: Comparison) -> str:
    return comparison.models.provenance.dtype.split(",")[0]


def _plain(model: LanguageModel) -> LanguageModel:
    """The unmodified Hugging Face module, where the model is one."""
    from specviz.models.hf import HFModel  # brings torch, which the command line has no need of before a run

    return HFModel(model.module, model.vocabulary, model.context) if isinstance(model, HFModel) else model


def _moved(one: np.ndarray, other: np.ndarray, best: int, rival: int) -> float:
    """|e_rival - e_best| with e = other - one; 0 where the rival is impossible in both."""
    if np.isneginf(one[rival]) and np.isneginf(other[rival]):
        return 0.0
    return float(abs((other[rival] - other[best]) - (one[rival] - one[best])))


def _logits(model: LanguageModel, prompt_ids: Sequence[int], text: list[int], width: int) -> Iterator[np.ndarray]:
    """The target's logits before each token, from passes over `width` tokens."""
    session = model.open(list(prompt_ids), Warp())
    for start in range(0, len(text), width):
        chunk = text[start : start + width]
        yield from _rows(session, chunk)
        session.commit(chunk)


def _rows(session: Session, chunk: list[int]) -> Iterator[np.ndarray]:
    """float64[V] before each token; log-probabilities, which are logits too, of a model that keeps no others."""
    from specviz.models.logits import LogitRows

    rows = session.feed(chunk[:-1], range(len(chunk) - 1))
    for place in range(len(chunk)):
        if isinstance(rows, LogitRows):
            yield rows.logits(place).cpu().double().numpy()
        else:
            with np.errstate(divide="ignore"):
                yield np.log(rows[place])
