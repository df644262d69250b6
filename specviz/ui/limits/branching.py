"""The limits on a toy: one text source, its best trees, and the ceilings at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.limits.branching import tokens_figure, walk_figure
from specviz.records import Curve
from specviz.theory import (
    SOURCES,
    Source,
    Walk,
    asymptotic_tokens,
    entropy_moments,
    explicit_bound,
    grow,
    left_out,
    mean_tokens,
    named_source,
    source_dual_bound,
    zipf_source,
)
from specviz.ui.glossary import define
from specviz.ui.tables import chart_with_table

CHOSEN = "Zipf, entropy as you like"
CAPACITIES = [2**power for power in range(11)]
LARGEST, DRAWN, TREES = 1024, 256, 400
GRID = np.unique(np.round(2 ** np.linspace(0, 10, 61))).astype(int)
CURVES = {
    "B*": "the ceiling from the source's own surprisals (duality); exact if P nodes only have to hold on average.",
    "T1": "the ceiling in closed form, from mu and mu2 alone; too high by about C/2, with C = mu2 / mu^2.",
    "A": "where the best trees end up for large P: log(mu P)/mu + C/2; no ceiling, too high below P = C.",
    "log(P + 1) / mu": "often quoted, but neither an upper nor a lower bound.",
}


def branching_panel() -> None:
    """Controls, the walk with its frontier, and tokens against P for the same source."""
    st.header("The best tree is a branching random walk cut at a frontier", anchor=False)
    st.markdown(
        "Every node of the tree of all texts has a **surprisal S = -log(path probability)**, and the best tree of P "
        "draft nodes keeps all nodes above one **frontier S = t**, that is, with probability at least $e^{-t}$. "
        "The target's text passes through a node with the node's probability, so their sum is the expected number of "
        "tokens. *Double P: the frontier sinks by about log 2 = 0.69 nats, and the tokens grow by about 0.69 / mu.*"
    )
    name, entropy, capacity, seed = _controls()
    source, walk = _source(name, entropy), _walk(name, entropy, seed)
    mu = entropy_moments(source.laws).mu
    mean, error, bounds = _curves(name, entropy)
    _readings(walk.first(capacity + 1), mu, float(mean[capacity]), float(error[capacity]))
    drawn = walk.first(min(capacity, DRAWN) + 1)
    boundary = left_out(source, drawn)
    if capacity > DRAWN:
        st.caption(
            f"The picture stops at {DRAWN} draft nodes; every number and the chart below go on to P = {capacity}."
        )
    chart_with_table(
        walk_figure(drawn, boundary, float(np.log(mu * len(drawn.parent))), _reach(walk)),
        _node_rows(drawn, boundary),
        "limits-toy-walk",
        alt="Kept nodes of the best tree by depth and surprisal, the best children left out, and the frontier.",
    )
    _letters()
    st.markdown("**What such trees win, against the ceilings of the same source**")
    curves = _as_curves(walk, mean, error, bounds)
    chart_with_table(
        tokens_figure(curves, capacity),
        _curve_rows(curves),
        "limits-toy-tokens",
        alt="Expected tokens against P: this tree, the mean of many trees, B*, T1, A and log(P + 1) / mu.",
    )
    st.markdown("\n".join(f"- *{label}*: {meaning}" for label, meaning in CURVES.items()))
    same = "This source has one law, so all its trees are the same." if len(source.laws) == 1 else ""
    st.caption(
        f"Nothing here is measured on a model. Mean: {TREES} exact trees of the source, 95 % band. {same} Assumed: "
        "laws independent from node to node, which real text does not obey (easy and hard stretches come in runs); a "
        "drafter that knows the target's laws but shares no randomness with it."
    )


def _controls() -> tuple[str, float, int, int]:
    """Source, entropy where it can be chosen, P and seed."""
    kind, spread, size, chance = st.columns([2, 2, 3, 1], vertical_alignment="bottom")
    name = kind.selectbox(
        "Source", [*SOURCES, CHOSEN], key="limits_toy_source", bind="query-params", help=define("toy source")
    )
    entropy = spread.slider(
        "Mean entropy mu, nats", 0.1, 5.0, 1.0, 0.1, key="limits_toy_mu", bind="query-params",
        disabled=name != CHOSEN, help=f"{define('mean entropy')} Only for the source “{CHOSEN}”.",
    )  # fmt: skip
    capacity = size.select_slider(
        "P, draft nodes", CAPACITIES, value=32, key="limits_toy_P", bind="query-params", help=define("capacity")
    )
    seed = chance.number_input(
        "Seed", 0, 9999, 1, key="limits_toy_seed", bind="query-params", help="Another seed, another tree."
    )
    return name, entropy if name == CHOSEN else 0.0, int(capacity), int(seed)


@st.cache_resource(max_entries=16, show_spinner=False)
def _source(name: str, entropy: float) -> Source:
    return zipf_source(entropy) if name == CHOSEN else named_source(name)


@st.cache_data(max_entries=64, show_spinner=False)
def _walk(name: str, entropy: float, seed: int) -> Walk:
    """The largest tree of a seed; every smaller one is its beginning."""
    return grow(_source(name, entropy), LARGEST + 1, np.random.default_rng(seed))


@st.cache_data(max_entries=32, show_spinner="Growing trees …")
def _curves(name: str, entropy: float) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """F(1..1,025) with its error, and the ceilings on GRID; index = draft nodes."""
    source = _source(name, entropy)
    mean, error = mean_tokens(source, LARGEST + 1, TREES, np.random.default_rng(0))
    moments, nodes = entropy_moments(source.laws), GRID.astype(np.float64)
    bounds = {
        "B*": source_dual_bound(source, nodes + 1),
        "T1": explicit_bound(moments.mu, moments.mu2, nodes, convention="B"),
        "A": asymptotic_tokens(moments.mu, moments.mu2, nodes, convention="B"),
        "log(P + 1) / mu": np.log(nodes + 1) / moments.mu,
    }
    return mean, error, bounds


def _readings(walk: Walk, mu: float, mean: float, error: float) -> None:
    frontier = float(walk.surprisal[-1])
    cells = st.columns(4)
    cells[0].metric("Frontier t", f"{frontier:.2f} nats", help=define("frontier"))
    cells[1].metric(
        "Nodes above it", f"{len(walk.parent):,}",
        help=f"The root and {len(walk.parent) - 1} draft nodes. For large t there are about e^t / mu of them.",
    )  # fmt: skip
    cells[2].metric("e^t / mu", f"{np.exp(frontier) / mu:,.1f}", help=f"mu = {mu:.3f} nats. {define('mu')}")
    cells[3].metric(
        "Expected tokens, this tree", f"{walk.expected_tokens[-1]:.2f}",
        help=f"Sum of the kept probabilities, the root's 1 included. Mean of {TREES} trees: {mean:.2f} "
        f"(standard error {error:.2f}).",
    )  # fmt: skip


def _reach(walk: Walk) -> tuple[float, float]:
    """Axes that hold the largest tree drawn, so that smaller ones can be compared with it."""
    largest = walk.first(DRAWN + 1)
    return float(largest.depth.max() + 1), float(largest.surprisal[-1]) + 0.7


def _letters() -> None:
    with st.container(horizontal=True, gap="small"):
        st.caption("Hover for what each letter means:", width="content")
        for letter, meaning in (
            ("S", define("surprisal of a path")),
            ("t", define("frontier")),
            ("e^{-t}", "The least path probability that the tree keeps; it falls like 1 / (mu P)."),
            (r"\log(\mu P)", "Where the frontier settles in large trees, P with the root: the dotted line."),
            (r"\mu", define("mu")),
        ):
            st.markdown(f"${letter}$", help=meaning, width="content")


def _as_curves(walk: Walk, mean: np.ndarray, error: np.ndarray, bounds: dict[str, np.ndarray]) -> list[Curve]:
    x, names = GRID.astype(np.float64), ("P", "expected tokens per pass")
    band = (mean[GRID] - 1.96 * error[GRID], mean[GRID] + 1.96 * error[GRID])
    curves = [
        Curve(x, walk.expected_tokens[GRID], *names, "this tree", "oracle"),
        Curve(x, mean[GRID], *names, f"mean of {TREES} trees", "oracle", band=band),
    ]
    for label, values in bounds.items():
        curves.append(Curve(x, values, *names, label, "theory" if label in ("B*", "T1") else "not_a_bound"))
    return curves


def _node_rows(walk: Walk, boundary: np.ndarray) -> list[dict[str, Any]]:
    """Every kept node, and the surprisal of the best child that it leaves out."""
    rest = [round(float(s), 4) if np.isfinite(s) else None for s in boundary]
    columns = (walk.parent, walk.depth, walk.surprisal, walk.weights, walk.expected_tokens)
    return [
        {
            "node": node,
            "parent": int(parent) if node else None,
            "depth": int(depth),
            "S, nats": round(float(surprisal), 4),
            "path probability": round(float(weight), 6),
            "tokens so far": round(float(tokens), 4),
            "best child left out, S": rest[node],
        }
        for node, (parent, depth, surprisal, weight, tokens) in enumerate(zip(*columns, strict=True))
    ]


def _curve_rows(curves: list[Curve]) -> list[dict[str, Any]]:
    """One row for each P, one column for each line."""
    return [
        {"P": int(capacity), **{curve.label: round(float(curve.y[place]), 4) for curve in curves}}
        for place, capacity in enumerate(GRID)
    ]
