"""The side of the Models page: which pair, on which device, in which numbers, for how long a text."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import streamlit as st

from specviz.models.preflight.facts import ModelFacts, facts_of
from specviz.models.preflight.machine import DTYPES, Machine, machine, usual
from specviz.models.preflight.memory import free_memory
from specviz.models.preflight.outlook import Outlook, Plan, outlook
from specviz.policy import policy
from specviz.ui.controls import OTHER, capacities, offered_pairs, pair_control
from specviz.ui.glossary import define

LENGTHS = [128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]


@dataclass(frozen=True)
class Choice:
    """What was chosen: names as they were typed, device and dtype as they were asked for, and the plan they mean.

    server: what there is.  seen: what can be said before anything is loaded.
    """

    target: ModelFacts
    draft: ModelFacts
    device: str
    dtype: str
    plan: Plan
    server: Machine
    seen: Outlook


def label_of(target: str, draft: str) -> str:
    """The entry of the control "Pair" for two names."""
    return next((label for label, names in offered_pairs().items() if names == (target, draft)), OTHER)


def choose() -> Choice:
    """Draw the controls."""
    server = machine()
    target, draft, _ = pair_control(layered=False)
    left, right = st.columns(2)
    device = left.selectbox("Device", server.devices, key="models_device", bind="query-params", help=define("device"))
    dtype = right.selectbox("Numbers", DTYPES, key="models_dtype", bind="query-params", help=define("dtype"))
    tokens = st.select_slider(
        "Text length", LENGTHS, 512, key="models_tokens", bind="query-params", help=define("text length")
    )
    capacity = st.select_slider(
        "Capacity P", capacities(), min(32, policy().capacity), key="models_P", bind="query-params",
        help=define("capacity"),
    )  # fmt: skip
    place, kind = usual(device, dtype, server.devices)
    plan = Plan(place, kind, int(tokens), int(capacity), free_memory(place), "torch" not in sys.modules)
    mine, theirs = (told().get(name) or facts_of(name) for name in (target, draft))
    return Choice(mine, theirs, device, dtype, plan, server, outlook(mine, theirs, plan))


def told() -> dict[str, ModelFacts]:
    """What the hub has said in this visit, by id."""
    found: dict[str, ModelFacts] = st.session_state.setdefault("models_told", {})
    return found


def put(label: str) -> None:
    """Put a named pair into the controls; for the buttons next to a failure."""
    pairs = offered_pairs()
    st.session_state["pair"] = label if label in pairs else next(iter(pairs), OTHER)
