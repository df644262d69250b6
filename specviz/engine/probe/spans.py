"""Where in a text drafting works and where not: windows by their mean acceptance rate, and why."""

from __future__ import annotations

from math import exp

import numpy as np

from specviz.records.reading import Along, Span

WIDTH = 8  # tokens of a window
COUNT = 5  # windows of each end
SURE = 1.0  # nats: below, the target hesitates between fewer than e tokens


def spans(along: Along, width: int = WIDTH, count: int = COUNT) -> tuple[list[Span], list[Span]]:
    """The worst and the best windows by mean acceptance rate, none of which overlap one another in their list.

    A text shorter than two windows has one of its own length.
    """
    rates = along.acceptance.astype(np.float64)
    size = min(width, len(rates))
    means = np.convolve(rates, np.full(size, 1 / size), mode="valid")
    most = max(1, min(count, len(rates) // (2 * size)))
    return [_span(along, at, size) for at in _apart(means, size, most)], [
        _span(along, at, size) for at in _apart(-means, size, most)
    ]


def _apart(means: np.ndarray, size: int, count: int) -> list[int]:
    """Starts of the smallest means, at least `size` apart, smallest first."""
    chosen: list[int] = []
    for start in np.argsort(means, kind="stable").tolist():
        if all(abs(start - other) >= size for other in chosen):
            chosen.append(start)
        if len(chosen) == count:
            break
    return chosen


def _span(along: Along, start: int, size: int) -> Span:
    part = slice(start, start + size)
    rate, target, draft = (
        float(column[part].mean()) for column in (along.acceptance, along.target_entropy, along.draft_entropy)
    )
    return Span(start, start + size, rate, target, draft, why(rate, target, draft))


def why(acceptance: float, target_entropy: float, draft_entropy: float) -> str:
    """One sentence: is the target undecided, or is the draft model wrong about a target that is sure?

    acceptance: mean 1 - TV.  target_entropy, draft_entropy: nats.
    """
    lost, choices = f"TV {1 - acceptance:.2f}", exp(target_entropy)
    if acceptance >= 0.75:
        if target_entropy < SURE:
            return f"The target is sure ({target_entropy:.1f} nats on average) and the draft model knows it: {lost}."
        return (
            f"The target is undecided (as between {choices:.0f} equal tokens), "
            f"yet the draft model spreads its chances alike: {lost}."
        )
    if target_entropy < SURE:
        other = "leans to other tokens" if draft_entropy < SURE else "does not know which"
        return f"The target is sure ({target_entropy:.1f} nats on average), but the draft model {other}: {lost}."
    return (
        f"The target itself is undecided (as between {choices:.0f} equal tokens), "
        f"and the draft model spreads its chances differently: {lost}."
    )
