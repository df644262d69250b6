"""Two sections of the rejections laboratory: the sum of distances, and a batch of drafts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.labels import short
from specviz.figures.rejections.rejections import (
    batch_figure,
    counted_figure,
    difference_figure,
    running_sum_figure,
)
from specviz.records import PairLaws, Warp
from specviz.theory import BatchCurve, batch_curve, batch_expected_rejections
from specviz.theory import total_variation as distance
from specviz.ui.glossary import define
from specviz.ui.laws_source import choose_texts
from specviz.ui.layout import two_pictures
from specviz.ui.rejections import measured as measured
from specviz.ui.tables import chart_with_table

MOST_SHOWN = 64  # tokens of one text
DRAFTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


def sum_section() -> None:
    """Along one text what is to be expected, over many runs what was counted."""
    with st.sidebar:
        texts = choose_texts("rejections")
        number = _text(texts) if texts is not None else 0
        temperature, kind = measured.runs_control()
        places = int(
            st.slider("First tokens of each run", 8, 64, 64, 8, key="rejections_first", bind="query-params",
                      help="Only this much of each run is counted; the law holds for every length.")
        )  # fmt: skip
    left, right = two_pictures("sum")
    with left:
        st.markdown("**One text that the target wrote.** Each bar is the chance that one guess fails at that token.")
        if texts is not None:
            _one_text(texts, number)
    with right:
        rows = measured.runs(measured.study(temperature), "token", kind)
        st.markdown(
            f"**{len(rows)} runs with the token rule.** The count should follow the sum. *Look at one kind alone.*"
        )
        found = measured.curves(rows)
        table = [
            {"tokens": place + 1} | {name: round(float(values[place]), 3) for name, values in found.items()}
            for place in range(len(found["counted"]))
        ]
        figure = counted_figure(*(found[name].tolist() for name in ("counted", "low", "high", "predicted")))
        chart_with_table(
            figure, table, "rejections-counted",
            alt="Rejections counted so far, mean over runs with interval, on top of the running sum of TV.",
        )  # fmt: skip
        gap = measured.agreement(temperature, "token", kind, places)
        cells = st.columns(3)
        cells[0].metric("counted", f"{gap['rejections']:,}", help=define("rejection"))
        cells[1].metric("sum of TV", f"{gap['sum of TV']:,.1f}", help=define("total variation"))
        cells[2].metric(
            "per run", f"{gap['difference per run']:+.2f}",
            help=f"Counted minus sum of TV, per run; 95 % interval {gap['low']:+.2f} to {gap['high']:+.2f}, "
            f"{gap['runs']} runs resampled.",
        )  # fmt: skip
    _agreement(places)
    st.caption(
        f"{measured.about(measured.study(temperature))} The closing token of a chain that was accepted whole was never "
        "examined; it is in neither sum."
    )


def _text(texts: PairLaws) -> int:
    names = [f"{kind} {place + 1}" for place, kind in enumerate(texts.kinds)]
    chosen = st.selectbox("Text", names, key="rejections_text", bind="query-params", help=define("measured text"))
    return names.index(chosen)


def _one_text(texts: PairLaws, number: int) -> None:
    positions = np.flatnonzero(texts.text == number)[:MOST_SHOWN]
    warp = Warp(texts.temperature)
    distances = [distance(*texts.laws(int(position), warp)) for position in positions]
    names = [texts.texts[int(texts.token[position])] for position in positions]
    rows = [
        {"token": short(name, 20), "TV": round(value, 4), "running sum": round(so_far, 4)}
        for name, value, so_far in zip(names, distances, np.cumsum(distances).tolist(), strict=True)
    ]
    chart_with_table(
        running_sum_figure(distances, names), rows, "rejections-text",
        alt="TV between target and draft at each token of one text, and its running sum.",
    )  # fmt: skip
    st.code(texts.prompts[number][-160:] + "".join(names), language=None, wrap_lines=True)
    st.caption(
        f"In all {sum(distances):.2f} rejections are to be expected of one guess after each of these {len(names)} "
        "beginnings, whichever token then comes. (Given the token too, a guess failed there with chance "
        f"max(1 - q / p, 0).) Temperature {texts.temperature:g}."
    )


def _agreement(places: int) -> None:
    """Every kind at both temperatures."""
    st.markdown(
        f"**Counted minus predicted, first {places} tokens of each run.** About one interval in twenty misses zero by "
        "chance; one far from zero would show an error."
    )
    groups = {
        f"temperature {temperature}": {
            kind: measured.difference(temperature, "token", kind, places) for kind in measured.KINDS
        }
        for temperature in measured.TEMPERATURES
    }
    rows = [measured.agreement(t, "token", kind, places) for t in measured.TEMPERATURES for kind in measured.KINDS]
    chart_with_table(
        difference_figure(groups, "rejections minus sum of TV, per run"), rows, "rejections-agreement",
        alt="Rejections minus sum of TV per run with intervals, by kind of prompt and temperature; zero is marked.",
    )  # fmt: skip


@st.cache_data(max_entries=32, show_spinner=False)
def _chains(states: int, seed: int, closeness: float) -> tuple[np.ndarray, np.ndarray]:
    """Random kernels float64[V, V] of target and draft: uniform rows, the draft's mixed with the target's."""
    rng = np.random.default_rng(seed)
    p, other = (rng.dirichlet(np.ones(states), size=states) for _ in range(2))
    return p, closeness * p + (1 - closeness) * other


def batch_section() -> None:
    """Gain of several sequences at each fresh start, on a random chain."""
    with st.sidebar:
        states = int(st.slider("States", 2, 10, 7, key="rejections_V", bind="query-params", help=define("states")))
        length = int(st.slider("Tokens", 5, 100, 50, 5, key="rejections_length", bind="query-params",
                               help=define("tokens")))  # fmt: skip
        closeness = st.slider("Closeness of the draft", 0.0, 0.95, 0.0, 0.05, key="rejections_near",
                              bind="query-params", help=define("closeness"))  # fmt: skip
        seed = int(st.number_input("Seed of the chain", 0, 9999, 3, key="rejections_seed", bind="query-params",
                                   help=define("seed")))  # fmt: skip
        marker = int(st.select_slider("Sequences M", DRAFTS, 4, key="rejections_M", bind="query-params",
                                      help=define("sequences")))  # fmt: skip
    p, q = _chains(states, seed, float(closeness))
    found = {m: batch_curve(p, q, length, m) for m in DRAFTS}
    limit = batch_expected_rejections(p, q, length, math.inf)
    st.markdown(
        "**Draw M sequences instead of one.** At a fresh start their first tokens are tried one after the other; the "
        "rest of the first that fits is judged alone, as before. *Raise M: rejections at a fresh start vanish, those "
        "inside a chain stay and even grow, because chains get longer.*"
    )
    chart_with_table(
        batch_figure(DRAFTS, [_at(c) for c in found.values()], [_in(c) for c in found.values()], limit, marker),
        [_batch_row(m, curve, _total(found[1])) for m, curve in found.items()], "rejections-batch",
        alt="Expected rejections against the number of sequences, stacked: at a fresh start and inside a chain.",
    )  # fmt: skip
    cells = st.columns(4)
    chosen = found[marker]
    cells[0].metric("M = 1", f"{_total(found[1]):.2f}", help="The sum of TV: one sequence is the token rule.")
    cells[1].metric(f"M = {marker}", f"{_total(chosen):.2f}", f"{_total(chosen) - _total(found[1]):+.2f}",
                    delta_color="inverse", help="Expected rejections, exact for this chain.")  # fmt: skip
    cells[2].metric("endless M", f"{limit:.2f}", help="No number of sequences goes below: these are inside chains.")
    cells[3].metric(
        "first position", f"{chosen.at_start[0]:.3f}",
        help="Chance that all M first tokens fail at the very first position: prod over m of TV(r_m, q). It is "
        f"{found[1].at_start[0]:.3f} for one sequence.",
    )  # fmt: skip
    st.caption(
        "Exact numbers for a simulated chain, not a measurement. Each fresh start costs M drafted sequences of which "
        "at most one is used, so M sequences cost up to M times the drafting. A tree that goes on with every sequence "
        "that still fits is another method: strategy *i.i.d. sequences* with *Recursive rejection* on the Decode page."
    )


def _at(curve: BatchCurve) -> float:
    return float(curve.at_start.sum())


def _in(curve: BatchCurve) -> float:
    return float(curve.inside.sum())


def _total(curve: BatchCurve) -> float:
    return _at(curve) + _in(curve)


def _batch_row(m: int, curve: BatchCurve, single: float) -> dict[str, Any]:
    return {
        "M": m,
        "expected rejections": round(_total(curve), 4),
        "at a fresh start": round(_at(curve), 4),
        "inside a chain": round(_in(curve), 4),
        "first position": round(float(curve.at_start[0]), 4),
        "gain": f"{1 - _total(curve) / single:.1%}" if single > 0 else "",
    }
