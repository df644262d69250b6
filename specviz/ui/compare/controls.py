"""The context that all lanes share, and for each lane its strategy, verifier, P and k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.engine.compare.comparison import Method
from specviz.policy import policy
from specviz.records import RunSettings
from specviz.registry import parameters, spec
from specviz.seams import Guesser
from specviz.ui.controls import capacities, keep_within, missing, pair_control, prompt_control, sampling_controls
from specviz.ui.glossary import define
from specviz.ui.methods import STANDARD, parameter_controls
from specviz.verification import VERIFIERS, make_verifier, why_not

LETTERS = "abcd"
DEFAULTS = (
    Method("chain", "token", 2, 4),
    Method("race_dynamic", "shared_race", 16, 4),
    Method("best_first", "sample_and_look", 16, 4),
    Method("sequoia", "traversal", 16, 4),
)
SEEDS = 6


@dataclass(frozen=True)
class Asked:
    """What the controls ask for. reason: why it cannot run, or ""."""

    settings: RunSettings | None
    prompt: str
    methods: tuple[Method, ...]
    seeds: int
    reason: str


def plain_lane(methods: Sequence[Method]) -> Method:
    """Plain decoding: no tree, and no draft model that would be kept up to date for nothing.

    It draws on the text's clocks where a lane does, so that both can be seen to write one text.
    """
    shares = any(make_verifier(method.verifier).shares_clocks for method in methods)
    return Method("prompt_lookup", "shared_race" if shares else "sample_and_look", 0, 1)


def compare_controls() -> Asked:
    """Draw all controls of the sidebar."""
    st.header("What")
    prompt = prompt_control()
    pair = st.container()
    st.header("Methods")
    count = st.number_input("Methods", 2, 4, 3, key="compare_n", bind="query-params", help=define("lane"))
    methods = tuple(_lane(letter, default) for letter, default in zip(LETTERS[: int(count)], DEFAULTS, strict=False))
    most = policy().depth
    keep_within("depth", most, "depth")
    depth = st.number_input(
        "Depth", 1, most, min(STANDARD.depth, most), key="depth", bind="query-params", help=define("depth")
    )
    with pair:
        layered = any(DRAFTERS.make(method.drafter).guesser == Guesser.LAYERED for method in methods)
        target, draft, middle = pair_control(layered)
    st.header("Sampling")
    temperature, seed, length = sampling_controls()
    seeds = st.number_input("Seeds", 1, 12, SEEDS, key="compare_seeds", bind="query-params", help=define("seeds"))
    try:
        settings = RunSettings(
            target=target, draft=draft, middle=middle or STANDARD.middle, temperature=temperature, depth=int(depth),
            seed=seed, max_new_tokens=length,
        )  # fmt: skip
    except ValueError as error:
        return Asked(None, prompt, methods, int(seeds), str(error))
    return Asked(settings, prompt, (plain_lane(methods), *methods), int(seeds), missing(prompt, target, draft))


def controls_of(methods: Sequence[Method]) -> dict[str, Any]:
    """The values of the controls that ask for these methods; plain decoding needs none."""
    values: dict[str, Any] = {"compare_n": len(methods)}
    for letter, method in zip(LETTERS, methods, strict=False):
        for part, kind in ((DRAFTERS, method.drafter), (VERIFIERS, method.verifier)):
            made = part.make(kind)
            values[f"compare_{letter}_{'drafter' if part is DRAFTERS else 'verifier'}"] = made.title
            for name in parameters(type(made)):
                values[f"compare_{letter}_{made.name}_{name}"] = getattr(made, name)
        values |= {f"compare_{letter}_P": method.capacity, f"compare_{letter}_k": method.drafts or STANDARD.drafts}
    return values


def _lane(letter: str, default: Method) -> Method:
    """One lane: strategy, the verifiers that fit it, P and k, and the methods' own parameters."""
    name = letter.upper()
    with st.container(border=True, gap="small"):
        titles = {drafter.title: drafter for drafter in DRAFTERS.all()}
        first = list(titles).index(DRAFTERS.get(default.drafter).title)
        key = f"compare_{letter}_drafter"
        drafter: Any = titles[
            st.selectbox(f"{name}: strategy", list(titles), first, key=key, bind="query-params", help=define("drafter"))
        ]
        verifier = _verifier(letter, drafter, default.verifier)
        left, right = st.columns(2)
        sizes = capacities(least=1)
        keep_within(f"compare_{letter}_P", policy().capacity, "P =")
        capacity = left.selectbox(
            "P", sizes, sizes.index(min(default.capacity or 8, policy().capacity)), key=f"compare_{letter}_P",
            bind="query-params", help=define("capacity"),
        )  # fmt: skip
        drafts = right.number_input(
            "k", 1, 64, default.drafts or 4, key=f"compare_{letter}_k", bind="query-params",
            disabled="drafts" not in drafter.uses, help=define("k"),
        )  # fmt: skip
        names = [
            spec(method.name, dict(parameter_controls(method, f"compare_{letter}_", f"{name}: ")))
            for method in (drafter, verifier)
        ]
        return Method(names[0], names[1], int(capacity), int(drafts))


def _verifier(letter: str, drafter: Any, default: str) -> Any:
    """Only verifiers that fit the strategy; where the one chosen before does not, the first that does."""
    fitting = {rule.title: rule for rule in VERIFIERS.all() if why_not(drafter, rule) is None}
    out = [rule.title for rule in VERIFIERS.all() if rule.title not in fitting]
    key, first = f"compare_{letter}_verifier", VERIFIERS.get(default).title
    if key in st.session_state and st.session_state[key] not in fitting:
        st.session_state[key] = next(iter(fitting))
    left_out = f" Left out, because they would not be exact on these trees: {', '.join(out)}." if out else ""
    chosen = st.selectbox(
        f"{letter.upper()}: verifier", list(fitting), list(fitting).index(first) if first in fitting else 0, key=key,
        bind="query-params", help=define("verifier") + left_out,
    )  # fmt: skip
    if not fitting[chosen].lossless:
        st.caption("Not lossless: the text no longer follows the target's law.")
    return fitting[chosen]
