"""Where the two laws of a race come from: a node of a run, or a toy pair with sliders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from specviz.figures.labels import visible
from specviz.records import DecodeTrace
from specviz.records.store import TraceError
from specviz.ui.glossary import define
from specviz.ui.library import recorded_run, recorded_runs

TOY, NODE = "a toy pair", "a node of a run"
LETTERS = "ABCDEF"
PRESETS = {
    "classic: 43/62": ((0.5, 0.3, 0.2), (0.2, 0.5, 0.3)),
    "equal laws": ((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)),
    "sharp target, flat draft": ((0.9, 0.05, 0.05), (0.34, 0.33, 0.33)),
    "almost disjoint": ((0.9, 0.08, 0.02), (0.02, 0.08, 0.9)),
    "two letters": ((0.7, 0.3), (0.4, 0.6)),
    "six letters": ((0.4, 0.2, 0.15, 0.1, 0.1, 0.05), (0.2, 0.3, 0.1, 0.2, 0.1, 0.1)),
}


@dataclass(frozen=True, eq=False)
class Laws:
    """Two laws over the same candidates.

    names: visible token texts.  target, draft: float64[V], each sums to 1.  toy: whether they were set by hand.
    key: what they came from.
    """

    names: tuple[str, ...]
    target: np.ndarray
    draft: np.ndarray
    toy: bool
    key: str


def choose_laws() -> Laws | None:
    """The controls in the sidebar; None, with a sentence on the page, where nothing can be raced."""
    with st.sidebar:
        source = st.radio("Laws from", [TOY, NODE], key="races_from", bind="query-params")
        if source == TOY:
            return _toy()
    return _from_run()


def _toy() -> Laws:
    preset = st.selectbox("Pair", list(PRESETS), key="races_preset", bind="query-params")
    target, draft = PRESETS[preset]
    weights: dict[str, list[float]] = {"target": [], "draft": []}
    for side, law in (("target", target), ("draft", draft)):
        st.markdown(f"**{side}**", help=define("target" if side == "target" else "draft model"))
        for letter, value in zip(LETTERS, law, strict=False):
            weights[side].append(
                st.slider(f"{side} {letter}", 0.0, 1.0, value, 0.01, key=f"races_{preset}_{side}_{letter}")
            )
    laws = [np.array(weights[side]) for side in ("target", "draft")]
    for place, side in enumerate(("target", "draft")):
        if laws[place].sum() <= 0:
            st.caption(f"All weights of the {side} are 0; equal ones are used.")
            laws[place] = np.ones(len(target))
    st.caption("Weights are divided by their sum.")
    names = tuple(LETTERS[: len(target)])
    p, q = (law / law.sum() for law in laws)
    return Laws(names, p, q, True, f"{preset}{p.tolist()}{q.tolist()}")


def _from_run() -> Laws | None:
    with st.sidebar:
        mine = st.session_state.get("trace")
        names = [*(["your run"] if mine is not None else []), *recorded_runs()]
        chosen = st.selectbox("Run", names, key="races_run")
        try:
            if chosen == "your run" and mine is not None:
                return _node_laws(mine, chosen)
            trace = recorded_run(recorded_runs()[chosen])
        except TraceError as error:
            st.error(str(error))
            return None
        return _node_laws(trace, chosen)


def _node_laws(trace: DecodeTrace, name: str) -> Laws | None:
    steps = [i for i in trace.iterations if i.draft.known(0)]
    if not steps:
        st.info("This run has no pass in which the draft model guessed; choose another run.")
        return None
    number = int(st.number_input("Target pass", 1, len(steps), 1, key=f"races_pass_{name}"))
    step = steps[number - 1]
    nodes = [node for node in [0, *step.verdict.path.tolist()] if step.draft.known(node)]

    def label(node: int) -> str:
        path = "".join(visible(trace.texts.get(int(step.tree.token[i]), "?")) for i in step.tree.path(node))
        return path or "the end of the context"

    node = st.selectbox("After", nodes, format_func=label, key=f"races_node_{name}_{number}")
    p, q = step.target.row(node), step.draft.row(node)
    ids = [token for token in dict.fromkeys([*p, *q]) if token in p and token in q]
    if not ids or sum(p[i] for i in ids) <= 0 or sum(q[i] for i in ids) <= 0:
        st.info("The two models share no stored candidate here; choose another node.")
        return None
    target, draft = np.array([p[i] for i in ids], float), np.array([q[i] for i in ids], float)
    st.caption(
        f"{len(ids)} stored candidates; they hold {target.sum():.1%} of the target's law and {draft.sum():.1%} of the "
        "draft's, and are raced as if they were all."
    )
    names = tuple(visible(trace.texts.get(i, f"<{i}>")) for i in ids)
    return Laws(names, target / target.sum(), draft / draft.sum(), False, f"{name}{number}{node}")
