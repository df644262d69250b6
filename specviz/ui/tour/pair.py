"""The toy pair at the side of every step: eight weights, which live in the link."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from specviz.ui.glossary import define
from specviz.ui.tour.toy import SOUNDS, Toy

Weights = tuple[tuple[int, ...], tuple[int, ...]]
START: Weights = ((45, 25, 20, 10), (30, 40, 10, 20))
PAIRS: dict[str, Weights] = {
    "As at first": START,
    "Friends": ((45, 25, 20, 10), (40, 30, 20, 10)),
    "Strangers": ((70, 20, 8, 2), (2, 8, 20, 70)),
    "Sure of itself": ((85, 10, 4, 1), (70, 20, 5, 5)),
}
SIDES = {"target": "p", "draft": "q"}


def choose_toy() -> Toy:
    """The controls in the sidebar."""
    with st.sidebar:
        st.markdown(
            "**The toy pair** hums: at each place it says one of four sounds, by the same law. *Move any weight.*"
        )
        left, right = st.columns(2, gap="small")
        laws = [_law(column, side, weights) for column, side, weights in zip((left, right), SIDES, START, strict=True)]
        st.caption(
            "Weights are divided by their sum. Real models have thousands of tokens and a new law at each place. "
            "The page's link keeps the weights, your place and your ticks."
        )
        with st.container(horizontal=True, gap="small"):
            for place, (name, weights) in enumerate(PAIRS.items()):
                st.button(name, key=f"tour_preset_{place}", on_click=_setter(weights))
    return Toy(*laws)


def key(side: str, sound: str) -> str:
    """The name of a weight in the link."""
    return f"tour_{SIDES[side]}_{sound}"


def _law(column: st.delta_generator.DeltaGenerator, side: str, start: tuple[int, ...]) -> tuple[float, ...]:
    column.markdown(
        f"**{side.capitalize()} {SIDES[side]}**", help=define("target" if side == "target" else "draft model")
    )
    given = [
        column.slider(f"{side} {sound}", 0, 100, value, key=key(side, sound), bind="query-params")
        for sound, value in zip(SOUNDS, start, strict=True)
    ]
    weights = np.array(given, dtype=float)
    if weights.sum() <= 0:
        column.caption("All are 0; equal ones are used.")
        weights = np.ones(len(SOUNDS))
    return tuple((weights / weights.sum()).tolist())


def _setter(weights: Weights) -> Callable[[], None]:
    def put() -> None:
        for side, values in zip(SIDES, weights, strict=True):
            for sound, value in zip(SOUNDS, values, strict=True):
                st.session_state[key(side, sound)] = value

    return put
