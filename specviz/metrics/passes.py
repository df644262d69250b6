"""What the passes of a run kept: counts by length and by depth, chances against outcomes, time by part."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from specviz.records import DecodeTrace, DrawKind, Iteration, State
from specviz.theory import wilson

BINS = 10  # of predicted acceptance chances
PARTS = ("draft", "target", "verify")


def accepted_lengths(trace: DecodeTrace) -> pd.DataFrame:
    """Passes by accepted tokens a = 0, 1, .. up to the deepest tree of the run; the closing token is not counted."""
    deepest = max((int(item.tree.depth.max()) for item in trace.iterations), default=-1)
    counts = np.zeros(deepest + 1, np.int64)
    for item in trace.iterations:
        counts[item.verdict.accepted] += 1
    total = max(1, int(counts.sum()))
    return pd.DataFrame({"accepted": np.arange(deepest + 1), "passes": counts, "share": counts / total})


def kept_by_depth(passes: Iterable[Iteration]) -> pd.DataFrame:
    """One row for each depth d = 1, 2, ..

    tried: passes that kept the guess before and had one to go on with; kept: those of them that kept one at d; rate:
    kept / tried, the conditional rate, with its Wilson 95 % interval low..high. share: kept / all passes, the marginal
    rate: how often a pass gets that far at all.
    """
    kept: list[int] = []
    tried: list[int] = []
    total = 0
    for item in passes:
        total += 1
        here = [0, *item.verdict.path.tolist()]
        for depth, node in enumerate(here):
            if not item.tree.children[node]:
                break
            if depth == len(tried):
                tried.append(0)
                kept.append(0)
            tried[depth] += 1
            kept[depth] += int(depth < len(here) - 1)
    rates = [wilson(a, b) for a, b in zip(kept, tried, strict=True)]
    rows = [
        (depth, b, a, rate.value, rate.low, rate.high, a / total)
        for depth, (a, b, rate) in enumerate(zip(kept, tried, rates, strict=True), start=1)
    ]
    return pd.DataFrame(rows, columns=["depth", "tried", "kept", "rate", "low", "high", "share"])


def predicted_chances(trace: DecodeTrace) -> pd.DataFrame:
    """Chance of each guess at the moment it was examined, in ten bins, against the share that was accepted.

    predicted: mean chance in the bin; observed: accepted / guesses with its Wilson 95 % interval. Where a rule tosses
    coins, each coin is one entry; else each examined guess whose chance was recorded.
    """
    pairs = [
        (draw.law, draw.outcome)
        for item in trace.iterations
        for draw in item.verdict.draws
        if draw.kind == DrawKind.COIN
    ]
    if not pairs:
        pairs = [pair for item in trace.iterations for pair in _examined(item)]
    chances = np.array([chance for chance, _ in pairs], dtype=np.float64)
    outcomes = np.array([outcome for _, outcome in pairs], dtype=bool)
    places = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    rows = []
    for place in sorted(set(places.tolist())):
        inside = places == place
        observed = wilson(int(outcomes[inside].sum()), int(inside.sum()))
        ends = place / BINS, (place + 1) / BINS
        row = (*ends, int(inside.sum()), float(chances[inside].mean()), observed.value, observed.low, observed.high)
        rows.append(row)
    return pd.DataFrame(rows, columns=["from", "to", "guesses", "predicted", "observed", "low", "high"])


def _examined(item: Iteration) -> list[tuple[float, bool]]:
    state, chance = item.verdict.state, item.verdict.accept_prob
    nodes = np.flatnonzero(np.isin(state, (State.ACCEPTED, State.REJECTED)) & np.isfinite(chance))
    return [(float(chance[node]), bool(state[node] == State.ACCEPTED)) for node in nodes]


def time_by_part(trace: DecodeTrace) -> pd.DataFrame:
    """Seconds of each part over all passes, and its share of their time."""
    seconds = [sum(getattr(item.seconds, part) for item in trace.iterations) for part in PARTS]
    whole = sum(seconds)
    shares = [part / whole if whole > 0 else float("nan") for part in seconds]
    return pd.DataFrame({"part": PARTS, "seconds": seconds, "share": shares})


def tokens_along_the_text(trace: DecodeTrace) -> pd.DataFrame:
    """One row for each emitted token: number, pass, text, outcome, and what the target's law was where it was drawn.

    entropy, surprisal: nats. distance: TV(p, q) = 1 - sum min(p, q), NaN where the draft model was not run.
    """
    rows: list[tuple[object, ...]] = []
    for item in trace.iterations:
        for place, token in enumerate(item.emitted):
            outcome = "accepted" if place < item.verdict.accepted else str(item.verdict.closing_kind)
            text = trace.texts.get(token, f"<{token}>")
            numbers = float(item.entropy[place]), float(item.surprisal[place]), 1.0 - float(item.overlap[place])
            rows.append((len(rows) + 1, item.index + 1, text, outcome, *numbers))
    names = ["number", "pass", "token", "outcome", "entropy", "surprisal", "distance"]
    return pd.DataFrame(rows, columns=names)
