"""The optimal plan for independent drafts on a few letters, as a flow."""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.labels import short
from specviz.figures.transport.flow import Flow, flow_figure
from specviz.theory import optimal_acceptance, resolve, set_law
from specviz.ui.laws_source import Laws, choose_laws
from specviz.ui.tables import chart_with_table
from specviz.ui.transport.one import drafts_control

OTHERS = "rest"
LETTERS = 5  # tokens of a text that stand by themselves
SETS = 14  # sets of drafts that stand by themselves
LEAST = 1e-6  # flow that is still drawn


def flow_section() -> None:
    """Who gets which drafts."""
    k = drafts_control()
    laws = choose_laws("transport")
    if laws is None:
        return
    names, p, q = letters(laws)
    drafts = min(k, 3 if len(p) <= 4 else 2)
    st.markdown(
        "**Who gets the drafts?** Left: the set of tokens that the k independent drafts show. Right: the token put "
        "out. Green to ●: the token is in the set, a kept draft. Amber to ■: drawn from what is left of the target. "
        "*At equal laws nothing is amber; then pull the laws apart.*"
    )
    if drafts < k:
        st.info(f"Drawn for k = {drafts}: more drafts over {len(p)} letters make too many sets to tell apart.")
    flows = plan_flows(names, p, q, drafts)
    accepted = sum(flow.amount for flow in flows if flow.accepted)
    rows = [
        {"drafts": flow.source, "output": flow.token, "probability": flow.amount,
         "kept": "yes" if flow.accepted else "no, from what is left"} for flow in flows
    ]  # fmt: skip
    chart_with_table(
        flow_figure(flows, names), rows, "transport-flow",
        alt="Flow of probability from sets of drafts to output tokens: green kept, amber from what is left.",
    )  # fmt: skip
    st.caption(
        f"The plan that was solved for: {accepted:.6f} is kept, the optimum is {optimal_acceptance(p, q, drafts):.6f} "
        "(difference: the solver). Other plans may be optimal too. Heights are probabilities: a set's is its chance, a "
        "token's is p, its kept part on top. Thin boxes have no name here but stand in the table."
        + ("" if laws.toy else " Here *rest* is all but five tokens, which counts as kept whenever any of them "
           "was drafted: the true optimum is lower.")
    )  # fmt: skip


def letters(laws: Laws) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names and laws of the letters: all of a few tokens, else the five weightiest and all others as one."""
    p, q = laws.target, laws.draft
    if len(p) <= LETTERS + 1:
        return list(laws.names), p, q
    top = np.argsort(-np.maximum(p, q), kind="stable")[:LETTERS]
    rest = [max(0.0, 1.0 - float(law[top].sum())) for law in (p, q)]
    return [*(short(laws.names[i], 7) for i in top), OTHERS], np.append(p[top], rest[0]), np.append(q[top], rest[1])


def plan_flows(names: list[str], p: np.ndarray, q: np.ndarray, k: int) -> list[Flow]:
    """All flows of the optimal plan; what is left of sets and of tokens is joined independently."""
    plan = resolve(p, q, k)
    members, law = plan.sets.members, set_law(q, plan.sets, k)
    flow = law[:, None] * plan.share
    taken = np.bincount(members.ravel(), flow.ravel(), len(p) + 1)
    scale = np.append(np.divide(p, taken[:-1], out=np.zeros_like(p), where=taken[:-1] > 0).clip(0, 1), 0.0)
    flow = flow * scale[members]  # the solver may hand out a hair too much
    left_token = np.maximum(p - scale[:-1] * taken[:-1], 0.0)
    left_set = np.maximum(law - flow.sum(axis=1), 0.0)
    joined = np.outer(left_set, left_token / left_token.sum()) if left_token.sum() > 0 else np.zeros((len(law), len(p)))
    order = np.argsort(-law)
    named = {int(row) for row in order[:SETS]} if len(law) > SETS + 1 else set(range(len(law)))
    amounts: dict[tuple[str, str, bool], float] = {}

    def add(row: int, token: int, amount: float, accepted: bool) -> None:
        tokens = [names[x] for x in members[row] if x < len(p)]
        source = " ".join(["{", ", ".join(tokens), "}"]) if row in named else "other sets"
        key = (source, names[token], accepted)
        amounts[key] = amounts.get(key, 0.0) + amount

    for row in order:
        for place, token in enumerate(members[row]):
            if token < len(p):
                add(int(row), int(token), float(flow[row, place]), True)
        for token in range(len(p)):
            add(int(row), token, float(joined[row, token]), False)
    return [Flow(source, token, amount, accepted) for (source, token, accepted), amount in amounts.items()
            if amount > LEAST]  # fmt: skip
