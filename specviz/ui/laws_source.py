"""Where the two laws of a laboratory come from: a toy pair with sliders, or a position of a measured text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from specviz.engine.laws import laws_of_run
from specviz.figures.labels import visible
from specviz.records import DecodeTrace, PairLaws, Warp
from specviz.records.files import TraceError
from specviz.ui.glossary import define
from specviz.ui.jobs import visitor, workshop
from specviz.ui.library import recorded_laws
from specviz.ui.shelf import latest
from specviz.ui.words import plain

TOY, TEXT = "a toy pair", "a position of a text"
RECORDED, MINE = "recorded texts", "your run"
ALL = "all kinds"
LETTERS = "ABCDEF"
SHOWN = 12  # tokens of context before a position
TOYS = {
    "classic: 43/62": ((0.5, 0.3, 0.2), (0.2, 0.5, 0.3)),
    "reversed order": ((0.6, 0.3, 0.1), (0.2, 0.3, 0.5)),
    "equal laws": ((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)),
    "sharp target, flat draft": ((0.9, 0.05, 0.05), (0.34, 0.33, 0.33)),
    "almost disjoint": ((0.9, 0.08, 0.02), (0.02, 0.08, 0.9)),
    "two letters": ((0.7, 0.3), (0.4, 0.6)),
    "rare and reversed": ((0.001, 0.999), (0.999, 0.001)),
    "six letters": ((0.4, 0.2, 0.15, 0.1, 0.1, 0.05), (0.2, 0.3, 0.1, 0.2, 0.1, 0.1)),
}


@dataclass(frozen=True, eq=False)
class Laws:
    """Two laws over the same tokens.

    names: visible token texts.  target, draft: float64[V], each sums to 1.  toy: whether they were set by hand.
    key: what they came from.
    """

    names: tuple[str, ...]
    target: np.ndarray
    draft: np.ndarray
    toy: bool
    key: str


def choose_laws(page: str) -> Laws | None:
    """The controls in the sidebar; None, with a sentence on the page, where there is nothing to show."""
    with st.sidebar:
        source = st.radio("Laws from", [TOY, TEXT], key=f"{page}_from", bind="query-params", help=define("law"))
        if source == TOY:
            return _toy(page)
        texts = choose_texts(page)
        return None if texts is None else _position(page, texts, warp_control(page))


def choose_texts(page: str) -> PairLaws | None:
    """Recorded texts, or the visitor's own run read by both models; call it where the control shall stand."""
    mine = latest()
    sources = [RECORDED, MINE]
    chosen = st.selectbox("Texts", sources, key=f"{page}_texts", bind="query-params", help=define("measured text"))
    try:
        if chosen == RECORDED:
            return recorded_laws()
        if mine is None:
            st.info("Make a run on the Decode page first; then both models can read it here.")
            return None
        return _read(mine)
    except (TraceError, ValueError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def choose_kind(page: str, texts: PairLaws) -> str | None:
    """One kind of text, or None for all of them."""
    kinds = [ALL, *dict.fromkeys(texts.kinds)]
    kind = st.selectbox("Kind of text", kinds, key=f"{page}_kind", bind="query-params", help=define("kind of text"))
    return None if kind == ALL else kind


def warp_control(page: str) -> Warp:
    """Temperature and top-k."""
    temperature = st.slider(
        "Temperature", 0.0, 2.0, 1.0, 0.05, key=f"{page}_T", bind="query-params", help=define("temperature")
    )
    top_k = st.select_slider(
        "Top-k", [0, 2, 5, 10, 20, 50, 100], 0, key=f"{page}_topk", bind="query-params", help=define("top-k")
    )
    return Warp(temperature=float(temperature), top_k=int(top_k))


@st.cache_resource(max_entries=8, show_spinner="Both models read your run")
def _laws_of(target: str, draft: str, ids: tuple[int, ...], _trace: DecodeTrace) -> PairLaws:
    with workshop().borrowed(target, draft) as pair, workshop().turn(visitor()):
        return laws_of_run(pair, _trace)


def _read(trace: DecodeTrace) -> PairLaws:
    settings = trace.settings
    return _laws_of(settings.target, settings.draft, (*trace.prompt_ids, *trace.emitted), trace)


def _toy(page: str) -> Laws:
    preset = st.selectbox("Pair", list(TOYS), key=f"{page}_preset", bind="query-params", help=define("toy pair"))
    target, draft = TOYS[preset]
    weights: dict[str, list[float]] = {"target": [], "draft": []}
    for side, law in (("target", target), ("draft", draft)):
        st.markdown(f"**{side}**", help=define("target" if side == "target" else "draft model"))
        for letter, value in zip(LETTERS, law, strict=False):
            key = f"{page}_{preset}_{side}_{letter}"
            weights[side].append(st.slider(f"{side} {letter}", 0.0, 1.0, value, 0.001, format="%.3f", key=key))
    laws = [np.array(weights[side]) for side in ("target", "draft")]
    for place, side in enumerate(("target", "draft")):
        if laws[place].sum() <= 0:
            st.caption(f"All weights of the {side} are 0; equal ones are used.")
            laws[place] = np.ones(len(target))
    st.caption("Weights are divided by their sum.")
    p, q = (law / law.sum() for law in laws)
    return Laws(tuple(LETTERS[: len(target)]), p, q, True, f"{preset}{p.tolist()}{q.tolist()}")


def _position(page: str, texts: PairLaws, warp: Warp) -> Laws:
    """The laws at one position, the text before it shown."""
    positions = texts.of_kind(choose_kind(page, texts))
    # The range must not change with the kind: a control of another range is another control and forgets its value.
    number = int(
        st.number_input("Position", 1, 9999, 1, key=f"{page}_position", bind="query-params", help=define("position"))
    )
    position = int(positions[(number - 1) % len(positions)])
    before = "".join(visible(texts.texts[token]) for token in texts.before(position, SHOWN))
    if len(before) == 0:
        before = visible(texts.prompts[texts.text[position]])[-48:]
    st.caption(f"Position {(number - 1) % len(positions) + 1} of {len(positions)}; the target wrote here:")
    st.code(f"...{before} | {visible(texts.texts[int(texts.token[position])])}", language=None, wrap_lines=True)
    p, q = texts.laws(position, warp)
    names = tuple(visible(texts.texts[token]) for token in range(texts.vocabulary))
    return Laws(names, p, q, False, f"{texts.kinds}{texts.prompts[0][:40]}{position}{warp}")
