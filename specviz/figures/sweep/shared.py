"""Work that a sweep shared: target passes made beside those that a run for each row would have made."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from specviz.figures.sweep.methods import label
from specviz.figures.theme import GREY, TARGET, finish


def shared_figure(table: pd.DataFrame) -> go.Figure:
    """Two bars for each method: needed (grey, hatched) and made (blue).

    table: method, target passes, needed, as `shared_work` gives them.
    """
    labels = [label(name, 44) for name in table["method"]]
    figure = go.Figure()
    for name, column, colour, pattern in (
        ("a run for each row would have made", "needed", GREY, "/"),
        ("made", "target passes", TARGET, ""),
    ):
        figure.add_bar(
            y=labels, x=table[column], orientation="h", name=name,
            marker={"color": colour, "pattern": {"shape": pattern}},
            text=[f"{value:,}" for value in table[column]], textposition="outside", cliponaxis=False,
            hovertemplate=f"%{{y}}<br>{name}: %{{x:,}} target passes<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="target passes", range=[0, 1.1 * max(1, table["needed"].max())])
    return finish(figure, 110 + 58 * len(labels), barmode="group", margin={"l": 16, "r": 16, "t": 48, "b": 48})
