"""What recorded rounds and ranks say, with intervals: texts are the units, because places of one text are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from specviz.race import rank_shape
from specviz.records.table import MeasuredTable
from specviz.theory import Estimate, bootstrap_ratio

RESAMPLES = 1000


def over_texts(rounds: MeasuredTable, values: ArrayLike, kind: str | None = None) -> Estimate:
    """Mean over the contexts of a table of rounds (of one kind of text), with a 95 % bootstrap over texts.

    values: float64[contexts].
    """
    column = np.asarray(values, dtype=np.float64)
    texts, chosen = _texts(rounds, kind)
    return bootstrap_ratio([column[texts == t].sum() for t in chosen], [float((texts == t).sum()) for t in chosen])


def counted_ranks(rounds: MeasuredTable, most: int, kind: str | None = None) -> list[Estimate]:
    """How often the target's first token was draft rank 1..most in the real shared races of these rounds."""
    ranks = np.asarray(rounds.settings["ranks"])
    return [over_texts(rounds, (ranks == rank).mean(axis=1), kind) for rank in range(1, most + 1)]


def rank_means(rows: Sequence[Mapping[str, Any]], rule: str, most: int) -> list[Estimate]:
    """a_r for ranks 1..most over all positions of these texts, with a 95 % bootstrap over texts."""
    weights = np.array([float(row["positions"]) for row in rows])
    return [bootstrap_ratio([row[rule][r] for row in rows] * weights, weights) for r in range(most)]


def gap(
    rounds: MeasuredTable, rows: Sequence[Mapping[str, Any]], rule: str, shape: str, kind: str | None = None
) -> list[Estimate]:
    """Rounds minus prediction for each budget, both of the same resampled texts: 95 % bootstrap.

    The prediction sums the products of a_r over the shape's nodes, a_r being the resampled texts' own; the shape stays
    that of the recorded rounds. rows: acceptance by rank, one row for each text. One text alone has no interval.
    """
    texts, chosen = _texts(rounds, kind)
    measured = [row for row in rounds.rows() if (row["rule"], row["shape"]) == (rule, shape)]
    tree = rank_shape(shape, rounds.settings["acceptance"][rule], max(row["k"] for row in measured))
    by_text = {int(row["text"]): row for row in rows}
    weights = np.array([float(by_text[t]["positions"]) for t in chosen])
    chances = np.array([by_text[t][rule] for t in chosen]) * weights[:, None]
    drawn = np.random.default_rng(0).integers(0, len(chosen), (RESAMPLES, len(chosen)))
    drawn = np.vstack([np.arange(len(chosen)), drawn])  # first the texts as they are
    mean = chances[drawn].sum(axis=1) / weights[drawn].sum(axis=1)[:, None]
    reach = np.ones((len(drawn), len(tree.parent)))
    for node, (parent, rank) in enumerate(tree.nodes, start=1):
        reach[:, node] = reach[:, parent] * (mean[:, rank - 1] if rank <= mean.shape[1] else 0.0)
    places = np.array([float((texts == t).sum()) for t in chosen])
    found = []
    for row in measured:
        column = np.asarray(row["accepted"], dtype=np.float64)
        sums = np.array([column[texts == t].sum() for t in chosen])
        differences = sums[drawn].sum(axis=1) / places[drawn].sum(axis=1) - reach[:, 1 : row["k"] + 1].sum(axis=1)
        low, high = np.quantile(differences[1:], [0.025, 0.975])
        found.append(Estimate(float(differences[0]), float(low), float(high), 0.95, len(chosen)))
    return found


def _texts(rounds: MeasuredTable, kind: str | None) -> tuple[np.ndarray, list[int]]:
    """The text of each context, and the texts of this kind."""
    texts, kinds = np.asarray(rounds.settings["texts"]), np.asarray(rounds.settings["kinds"])
    chosen = sorted({int(text) for text in texts[(kinds == kind) | (kind is None)]})
    if not chosen:
        raise ValueError("There is no text of this kind among the rounds.")
    return texts, chosen
