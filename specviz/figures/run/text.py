"""How undecided the target was along a run's text, how far the draft was from it, and where the passes ended."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.labels import OUTCOMES, lettered
from specviz.figures.theme import DRAFT, GREY, TARGET, faded, finish

SYMBOLS = {"accepted": "circle", "bonus": "diamond", "correction": "square"}
PANELS = (("entropy", "entropy, nats", TARGET), ("distance", "TV(p, q)", DRAFT))


def text_figure(table: pd.DataFrame) -> go.Figure:
    """Entropy above, TV below, over the number of the token; thin lines where a pass begins, a mark for each outcome.

    table: what `metrics.tokens_along_the_text` returns.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    starts = table.loc[table["pass"].diff().fillna(1) != 0, "number"] - 0.5
    words = [lettered(str(text)) for text in table["token"]]
    for row, (column, title, colour) in enumerate(PANELS, start=1):
        top = max(1.0, float(table[column].max(skipna=True))) if table[column].notna().any() else 1.0
        figure.add_scatter(
            x=[x for start in starts for x in (start, start, None)], y=[0, top, None] * len(starts), mode="lines",
            line={"color": faded(GREY, 0.45), "width": 1}, hoverinfo="skip", name="a pass begins", showlegend=row == 1,
            row=row, col=1,
        )  # fmt: skip
        figure.add_scatter(
            x=table["number"], y=table[column], mode="lines", line={"color": faded(colour, 0.6), "width": 1.5},
            hoverinfo="skip", showlegend=False, row=row, col=1,
        )  # fmt: skip
        for outcome, symbol in SYMBOLS.items():
            _marks(figure, table, words, outcome, symbol, (row, column))
        figure.update_yaxes(title=title, range=[-0.03 * top, 1.06 * top], row=row, col=1)
    figure.update_xaxes(title="number of the token", row=2, col=1)
    return finish(figure, 440)


def _marks(
    figure: go.Figure, table: pd.DataFrame, words: list[str], outcome: str, symbol: str, panel: tuple[int, str]
) -> None:
    row, column = panel
    chosen = (table["outcome"] == outcome).to_numpy()
    of = table[chosen]
    figure.add_scatter(
        x=of["number"], y=of[column], mode="markers", name=OUTCOMES[outcome].name, legendgroup=outcome,
        showlegend=row == 1, marker={"symbol": symbol, "size": 7, "color": OUTCOMES[outcome].light},
        text=[word for word, here in zip(words, chosen, strict=True) if here],
        customdata=of[["pass", "entropy", "distance"]],
        hovertemplate="token %{x}: %{text}<br>pass %{customdata[0]}, " + outcome +
                      "<br>entropy %{customdata[1]:.2f} nats, TV %{customdata[2]:.2f}<extra></extra>",
        row=row, col=1,
    )  # fmt: skip
