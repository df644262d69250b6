"""Choosing a strategy and a verifier; their sentences, parameters and whether they fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.records import RunSettings
from specviz.registry import parameters, spec
from specviz.theory import REFERENCES
from specviz.ui.glossary import define
from specviz.verification import VERIFIERS, why_not

STANDARD = RunSettings()


def method_controls() -> tuple[Any, str, str, str]:
    """Strategy and verifier with their parameters: the drafter's class, both specs, and why they do not fit (or "")."""
    drafter, drafter_spec = _method("Strategy", DRAFTERS.all(), STANDARD.drafter, "drafter")
    if not drafter.real:
        st.info("A yardstick: it asks the target for every guess, so nobody could run it.", icon=":material/info:")
    verifier, verifier_spec = _method("Verifier", VERIFIERS.all(), STANDARD.verifier, "verifier")
    if not verifier.lossless:
        st.info("Not lossless: the output no longer follows the target's law.", icon=":material/info:")
    reason = why_not(drafter, verifier) or ""
    if reason:
        fitting = ", ".join(rule.title for rule in VERIFIERS.all() if why_not(drafter, rule) is None)
        st.warning(f"{reason} These fit: {fitting}.", icon=":material/block:")
    return drafter, drafter_spec, verifier_spec, reason


def _method(label: str, methods: list[Any], standard: str, key: str) -> tuple[Any, str]:
    """One method by its title, which is also what stands in the link; its parameters and its sentence below.

    Returns the class and the spec that asks for it with these parameters.
    """
    titles = {method.title: method for method in sorted(methods, key=lambda method: method.name != standard)}
    method = titles[st.selectbox(label, list(titles), key=key, bind="query-params", help=define(key))]
    paper = REFERENCES[method.reference]
    source = f"[{paper.authors}, {paper.year}]({paper.url})" if paper.url else f"{paper.authors}, {paper.year}"
    st.caption(f"{method.summary} {source}", help=f"Cost: {method.cost}.")
    return method, spec(method.name, dict(parameter_controls(method)))


def parameter_controls(method: Any, key: str = "", label: str = "") -> Iterator[tuple[str, float]]:
    """A control for each parameter of a method; the values that do not stand at their default.

    key, label: what the controls' keys and labels begin with, where a method is chosen more than once on a page.
    """
    for name, known in parameters(method).items():
        low, high, title = (known.metadata[part] for part in ("low", "high", "title"))
        step = 1 if isinstance(known.default, int) else 0.05
        value = st.slider(
            f"{label}{name.replace('_', ' ')}", low, high, known.default, step, key=f"{key}{method.name}_{name}",
            bind="query-params", help=title,
        )  # fmt: skip
        if value != known.default:
            yield name, value
