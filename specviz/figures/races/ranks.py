"""The rank of the target's token: its entropy between bounds, lists of drafts, and acceptance by rank on texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from specviz.figures.theme import DRAFT, GREY, STRATEGY, faded, finish
from specviz.race import EntropyRange, RankEntropyBounds
from specviz.theory import Estimate

RULE_COLOUR = {"ERSD": STRATEGY[0], "GSD": STRATEGY[4]}
LINES = {  # dash and symbol of each kind of list
    "one race, distinct drafts": (STRATEGY[0], "solid", "circle"),
    "one race, repeats counted": (STRATEGY[3], "solid", "square"),
    "K races (GLS)": (STRATEGY[1], "solid", "diamond"),
    "lower bound for K races": (GREY, "dash", "line-ew"),
    "recursive rejection (GSD)": (STRATEGY[4], "solid", "x"),
}


def entropy_figure(bounds: RankEntropyBounds, distinct: EntropyRange, repeated: EntropyRange, unit: float) -> go.Figure:
    """Both entropies on one axis, in units of `unit` nats, and the finite bounds of the one with repeats."""
    figure = go.Figure()
    low, high = bounds.low / unit, bounds.high / unit
    figure.add_scatter(x=[low, high], y=[0, 0], mode="lines", line={"color": faded(GREY, 0.5), "width": 14},
                       name="between the bounds of H with repeats", hoverinfo="skip")  # fmt: skip
    shown = (
        ("H[R], repeats counted", repeated, DRAFT, "circle"),
        ("H[R], distinct drafts", distinct, STRATEGY[0], "diamond"),
    )
    for name, entropy, colour, symbol in shown:
        middle = (entropy.low + entropy.high) / 2 / unit
        half = (entropy.high - entropy.low) / 2 / unit
        figure.add_scatter(
            x=[middle], y=[0], mode="markers", name=name, error_x={"type": "data", "array": [half], "color": colour},
            marker={"color": colour, "size": 14, "symbol": symbol},
            hovertemplate=f"{name}: %{{x:.4f}} bits<extra></extra>",
        )  # fmt: skip
    for x, text, lift in ((low, "D(p || q)", 26), (high, "upper bound", -26)):
        figure.add_annotation(x=x, y=0, text=f"{text} {x:.3f}", showarrow=False, yshift=lift, font={"size": 12},
                              xanchor="center")  # fmt: skip
    most = max(high, distinct.high / unit, repeated.high / unit)
    figure.update_xaxes(title="bits", range=[-0.12 * most, 1.15 * most])
    figure.update_yaxes(visible=False, range=[-1, 1])
    return finish(figure, 210)


def list_figure(curves: Mapping[str, Sequence[float]]) -> go.Figure:
    """Chance that the target's token is among the first K drafts; keys of `curves` are those of `LINES`."""
    figure = go.Figure()
    for name, values in curves.items():
        colour, dash, symbol = LINES[name]
        figure.add_scatter(
            x=list(range(1, len(values) + 1)), y=list(values), name=name, mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2}, marker={"symbol": symbol, "size": 8},
            hovertemplate=f"{name}<br>K = %{{x}}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="K: drafts at one position", dtick=1)
    figure.update_yaxes(title="chance that one of them is kept")
    return finish(figure, 430, margin={"l": 56, "r": 16, "t": 76, "b": 48})


def acceptance_figure(by_rule: Mapping[str, Sequence[Estimate]], counted: Sequence[Estimate] = ()) -> go.Figure:
    """a_r by rank on a log axis, side by side: the exact means of each rule, and what real rounds counted for ERSD."""
    columns = [
        (f"{rule}: exact, mean over positions", estimates, RULE_COLOUR[rule], symbol)
        for (rule, estimates), symbol in zip(by_rule.items(), ("circle", "x"), strict=False)
    ]
    if counted:
        columns.append(("ERSD: counted in real rounds", counted, STRATEGY[1], "diamond"))
    figure = go.Figure()
    for number, (name, estimates, colour, symbol) in enumerate(columns):
        # A log axis has no place for 0: a rank that was never counted has no mark, only its table row.
        values = [one.value if one.value > 0 else None for one in estimates]
        figure.add_scatter(
            x=[rank + 0.16 * (number - (len(columns) - 1) / 2) for rank in range(1, len(estimates) + 1)],
            y=values, mode="markers", name=name, marker={"color": colour, "size": 10, "symbol": symbol},
            error_y={"type": "data", "array": [one.high - one.value for one in estimates], "thickness": 1.5,
                     "arrayminus": [min(one.value - one.low, 0.98 * one.value) for one in estimates], "color": colour},
            customdata=list(range(1, len(estimates) + 1)),
            hovertemplate=f"{name}<br>rank %{{customdata}}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    marks = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
    most = max((len(estimates) for _, estimates, _, _ in columns), default=1)
    figure.update_xaxes(title="rank r (ERSD: order of arrival; GSD: number of the attempt)", dtick=1,
                        range=[0.5, most + 0.5], zeroline=False)  # fmt: skip
    figure.update_yaxes(title="a_r (log axis)", type="log", range=[-3.1, 0.03], tickvals=marks,
                        ticktext=[f"{mark:g}" for mark in marks])  # fmt: skip
    return finish(figure, 400, margin={"l": 64, "r": 16, "t": 64, "b": 48})
