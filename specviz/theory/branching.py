"""Best draft trees of sources whose node laws are independent from prefix to prefix, and their exact limits.

Letters: V = vocabulary, w = path probability of a prefix, S = -log w its surprisal (nats), P = nodes of a tree,
the root included (convention "A" of `specviz.theory.limits`), F(P) = best expected number of tokens per pass.
A sampled text walks down the tree of all prefixes; the tree of its surprisals is a branching random walk.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specviz.theory.sources import Source

FloatArray = NDArray[np.float64]
CELL = 2.0**-12  # nats; surprisals are rounded down to whole cells, which can only raise a ceiling


@dataclass(frozen=True, eq=False)
class Walk:
    """The P most probable prefixes of one realisation, by falling weight; node 0 is the root.

    parent: int64[P], -1 at the root, parent[i] < i. depth: int64[P]. law: int64[P], row of the source's laws after
    the node. surprisal: float64[P], S = -log w in nats, never falling. Its first n nodes are the best tree of n nodes.
    """

    parent: NDArray[np.int64]
    depth: NDArray[np.int64]
    law: NDArray[np.int64]
    surprisal: FloatArray

    @property
    def weights(self) -> FloatArray:
        """float64[P]: w = e^-S, the chance that the target's text passes through the node."""
        return np.exp(-self.surprisal)

    @property
    def expected_tokens(self) -> FloatArray:
        """float64[P]: expected tokens per pass of the best tree of 1, 2, ..., P nodes, the closing token included."""
        return np.cumsum(self.weights)

    def first(self, size: int) -> Walk:
        """The best tree of `size` nodes of the same realisation. Raises ValueError outside 1..P."""
        if not 1 <= size <= len(self.parent):
            raise ValueError(f"The walk holds between 1 and {len(self.parent)} nodes, not {size}.")
        return Walk(self.parent[:size], self.depth[:size], self.law[:size], self.surprisal[:size])


def grow(source: Source, capacity: int, rng: np.random.Generator) -> Walk:
    """The exact best tree of `capacity` nodes: the heaviest prefixes, found best-first, laws drawn as nodes are kept.

    A popped node offers its first child and its next sibling, so no other child is ever touched. Trees of one seed are
    nested, and no prefix-closed tree of the same size wins more tokens on average.
    Raises ValueError for a capacity below 1. References [1], [10], [16].
    """
    if capacity < 1:
        raise ValueError("A tree needs a capacity of at least 1, the root.")
    law = (rng.random(capacity) * len(source.laws)).astype(np.int64)
    costs = [source.rows[row] for row in law.tolist()]
    parent, depth, surprisal = [-1], [0], [0.0]
    heap = [(costs[0][0], 1, 0, 0)]  # surprisal, order of arrival for ties, parent, rank among siblings
    arrived = 2
    for node in range(1, capacity):
        total, _, above, rank = heap[0]
        parent.append(above)
        depth.append(depth[above] + 1)
        surprisal.append(total)
        heapq.heapreplace(heap, (surprisal[above] + costs[above][rank + 1], arrived, above, rank + 1))
        heapq.heappush(heap, (total + costs[node][0], arrived + 1, node, 0))
        arrived += 2
    return Walk(np.array(parent), np.array(depth), law, np.array(surprisal))


def left_out(source: Source, walk: Walk) -> FloatArray:
    """Surprisal of the best child of each node that the tree does not hold, infinite where it holds all.

    Returns float64[P], nats: the boundary of the tree; its smallest entry is the next node to be kept.
    """
    held = np.bincount(walk.parent[1:], minlength=len(walk.parent))
    return np.asarray(walk.surprisal + source.costs[walk.law, held])


def mean_tokens(source: Source, capacity: int, trees: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """F(1..P) of a source by simulation, and its standard error: float64[P] each.

    Whether a node is kept does not depend on its own law, so sum w (H - mu) over a tree has mean 0 (Wald) and serves as
    control variate, with the regression coefficient of each P. A source of one law has one tree and no error.
    Raises ValueError for fewer than two trees or a capacity below 1. Reference [1].
    """
    if trees < 2:
        raise ValueError("A mean with an error needs at least two trees.")
    if len(source.laws) == 1:
        return grow(source, capacity, rng).expected_tokens, np.zeros(capacity)
    excess = source.entropies - source.entropies.mean()
    tokens, control = np.empty((trees, capacity)), np.empty((trees, capacity))
    for index in range(trees):
        walk = grow(source, capacity, rng)
        tokens[index] = walk.expected_tokens
        control[index] = np.cumsum(walk.weights * excess[walk.law])
    centred = control - control.mean(axis=0)
    slope = (centred * tokens).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-300)
    rest = tokens - slope * control
    return rest.mean(axis=0), rest.std(axis=0, ddof=1) / np.sqrt(trees)


def surprisal_text(source: Source, length: int, rng: np.random.Generator) -> FloatArray:
    """float64[length]: -log p of each token of a text of the source, nats, for `dual_bound`.

    A systematic sample in random order: every law and token comes as often as it should, up to one, so that the text's
    own mu and mu2 hardly differ from the source's. Raises ValueError for a length below 1.
    """
    if length < 1:
        raise ValueError("A text needs at least one token.")
    costs, mass = _surprisals(source)
    reached = (np.arange(length) + rng.random()) / length
    return rng.permutation(costs[np.searchsorted(np.cumsum(mass)[:-1], reached, side="right")])


def renewal_visits(source: Source, horizon: float) -> tuple[FloatArray, FloatArray]:
    """Where the surprisal of a text comes by: levels s up to `horizon` (nats) and the mean number of n with S_n = s.

    Steps are rounded down to whole cells of CELL nats, so the cumulative sum of the visits is U(t), the sum over n of
    P(S_n <= t), or slightly more. Returns float64[n] twice.
    Raises ValueError for a source of entropy 0 or a negative horizon. Reference [20].
    """
    if source.entropies.mean() <= 0:
        raise ValueError("The surprisal of a source of entropy 0 never moves.")
    if horizon < 0:
        raise ValueError("The horizon of a renewal function must not be negative.")
    cells = int(np.ceil(horizon / CELL)) + 1
    costs, mass = _surprisals(source)
    place = np.floor(costs / CELL).astype(np.int64)
    series = np.zeros(cells)
    series[0] = 1.0
    np.subtract.at(series, place[place < cells], mass[place < cells])
    return CELL * np.arange(cells, dtype=np.float64), _inverse_series(series)


def source_dual_bound(source: Source, capacity: FloatArray) -> FloatArray:
    """B*(P) = min over t of G(t) + P e^-t of the source itself, without sampling: what `dual_bound` tends to.

    G(t) = sum over n of E (1 - e^(S_n - t))^+ from the renewal function. It is the best expected number of tokens when
    the budget of P nodes only has to hold on average, hence a ceiling for F(P). capacity: float64[n] >= 1.
    Raises ValueError for a capacity below 1 or a source of entropy 0. Reference [1].
    """
    sizes = np.asarray(capacity, dtype=np.float64)
    if sizes.size == 0 or not np.isfinite(sizes).all() or (sizes < 1).any():
        raise ValueError("Capacities must be finite and at least 1, the root.")
    # more than (e^t - 1) / (V - 1) prefixes have S <= t, so the minimum lies below this level
    levels, visits = renewal_visits(source, float(np.log(sizes.max() * source.laws.shape[1])) + 1.0)
    prefixes, passed = np.cumsum(visits * np.exp(levels)), np.cumsum(visits)
    turn = np.searchsorted(prefixes, sizes)
    values = passed[turn] + (sizes - prefixes[turn]) * np.exp(-levels[turn])
    return np.minimum(values, sizes)


def _surprisals(source: Source) -> tuple[FloatArray, FloatArray]:
    """-log p of a token drawn from a drawn law: its values, rising, and their probabilities."""
    mass = source.laws.ravel() / len(source.laws)
    costs = source.costs[:, :-1].ravel()
    order = np.argsort(costs, kind="stable")
    order = order[mass[order] > 0]
    return costs[order], mass[order]


def _inverse_series(series: FloatArray) -> FloatArray:
    """1 / series as power series, by Newton's doubling; series[0] > 0."""
    inverse = np.array([1.0 / series[0]])
    while inverse.size < series.size:
        size = 2 * inverse.size
        rest = -_product(series[:size], inverse, size)
        rest[0] += 2.0
        inverse = _product(inverse, rest, size)
    return inverse[: series.size]


def _product(first: FloatArray, second: FloatArray, size: int) -> FloatArray:
    """The first `size` coefficients of a product of power series."""
    length = 2 * size
    spectrum = np.fft.rfft(first, length) * np.fft.rfft(second, length)
    return np.asarray(np.fft.irfft(spectrum, length)[:size])
