"""Block verification in the rejections laboratory: below the sum of distances, exactly and on the pair."""

from __future__ import annotations

import streamlit as st

from specviz.figures.rejections.rejections import block_figure, difference_figure
from specviz.theory import block_curve, rejection_curve
from specviz.ui.glossary import define
from specviz.ui.layout import two_pictures
from specviz.ui.rejections import measured as measured
from specviz.ui.tables import chart_with_table


def block_section() -> None:
    """Below the sum: exactly on a toy, and measured on the pair."""
    with st.sidebar:
        high = st.slider("Target's chance of A", 0.0, 1.0, 0.33, 0.01, key="rejections_p", bind="query-params",
                         help="p(A), the same after every text; the rest is B's.")  # fmt: skip
        low = st.slider("Draft's chance of A", 0.0, 1.0, 0.67, 0.01, key="rejections_q", bind="query-params",
                        help="q(A), the same after every text; the rest is B's.")  # fmt: skip
        length = int(st.slider("Tokens to write", 1, 40, 12, key="rejections_n", bind="query-params",
                               help=define("tokens")))  # fmt: skip
    left, right = two_pictures("block")
    with left:
        st.markdown("**Two letters, exactly.** Block verification judges a chain as a whole: a late guess can save an "
                    "early one. *Make both sliders equal, then opposite.*")  # fmt: skip
        p, q = ([[x, 1 - x]] * 2 for x in (_third(high), _third(low)))
        token, block = (rule(p, q, length).cumsum().tolist() for rule in (rejection_curve, block_curve))
        rows = [
            {"tokens": n, "token rule": round(a, 4), "block verification": round(b, 4)}
            for n, (a, b) in enumerate(zip(token, block, strict=True), start=1)
        ]
        chart_with_table(
            block_figure(token, block), rows, "rejections-block",
            alt="Expected rejections against length: block verification runs below the token rule.",
        )  # fmt: skip
    with right:
        st.markdown("**The real pair.** Each run's rejections minus the sum of TV over the positions it examined.")
        _measured_block()
    st.info(
        "Does this break the theorem? No: the lower bound covers rules that accept the n-th guess by the text before "
        "it and that guess **alone**. Block verification looks at the later guesses too. A prefix that it keeps has a "
        "weight w of at most 1, below 1 where the draft made it likelier than the target does, and it ends there with "
        "chance sum max(p - q / w, 0): at w = 1 this is TV(p, q), below 1 it is less.",
        icon=":material/lightbulb:",
    )


def _third(value: float) -> float:
    """The slider's hundredths can show thirds only as 0.33 and 0.67; they mean the thirds."""
    return {0.33: 1 / 3, 0.67: 2 / 3}.get(round(value, 2), value)


def _measured_block() -> None:
    with st.sidebar:
        temperature = str(st.selectbox("Measured at temperature", measured.TEMPERATURES, key="rejections_at",
                                       bind="query-params", help=define("temperature")))  # fmt: skip
    length = int(measured.study(temperature).settings["max_new_tokens"])
    rules = {"token": "token rule", "block": "block verification"}
    groups = {
        name: {kind: measured.difference(temperature, verifier, kind, length) for kind in measured.KINDS}
        for verifier, name in rules.items()
    }
    rows = [measured.agreement(temperature, verifier, kind, length) for verifier in rules for kind in measured.KINDS]
    chart_with_table(
        difference_figure(groups, "rejections minus sum of TV, per run"), rows, "rejections-below",
        alt="Rejections minus sum of TV per run: the token rule at zero, block verification below.",
    )  # fmt: skip
    token, block = rows[0], rows[len(measured.KINDS)]
    cells = st.columns(2)
    for cell, name, row in ((cells[0], "token rule", token), (cells[1], "block verification", block)):
        cell.metric(
            name, f"{row['rejections']:,} / {row['sum of TV']:,.0f}",
            help=f"Rejections counted / sum of TV in {row['runs']} runs; difference per run "
            f"{row['difference per run']:+.2f}, 95 % interval {row['low']:+.2f} to {row['high']:+.2f}.",
        )  # fmt: skip
    st.caption(f"Rejections counted / sum of TV. {measured.about(measured.study(temperature))}")
