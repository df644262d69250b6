"""The settings of a run as sidebar controls; every value lives in the URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.presets import PRESETS
from specviz.records import RunSettings
from specviz.records.settings import MAX_SEED
from specviz.registry import parameters, spec
from specviz.seams import Guesser
from specviz.theory import REFERENCES
from specviz.ui.glossary import define
from specviz.verification import VERIFIERS, why_not

CAPACITIES = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
STANDARD = RunSettings()
PAIRS = {
    "Embedded pair, distilled draft": ("fable/target", "fable/draft"),
    "Embedded pair, plainly trained draft": ("fable/target", "fable/draft-plain"),
}
OTHER = "Another pair"
OWN = "your own"


def prompt_control() -> str:
    """A preset by kind, or the visitor's own text."""
    names = [f"{kind} {number}" for kind, prompts in PRESETS.items() for number, _ in enumerate(prompts, start=1)]
    texts = dict(zip(names, (text for prompts in PRESETS.values() for text in prompts), strict=True))
    chosen = st.selectbox("Prompt", [*names, OWN], key="prompt", bind="query-params", help=define("prompt"))
    if chosen == OWN:
        return st.text_area("Your prompt", key="own_prompt", height=120, max_chars=20_000, persist_state="session")
    st.code(texts[chosen], language=None, wrap_lines=True)
    return texts[chosen]


def pair_control(layered: bool) -> tuple[str, str, str]:
    """An embedded pair, or two names; and the model between them, for a drafter that asks for one."""
    chosen = st.selectbox("Pair", [*PAIRS, OTHER], key="pair", bind="query-params", help=define("draft model"))
    if chosen != OTHER:
        return (*PAIRS[chosen], STANDARD.middle)
    target = st.text_input("Target", key="target", bind="query-params", placeholder="Qwen/Qwen3-4B or a folder")
    draft = st.text_input("Draft model", key="draft", bind="query-params", placeholder="Qwen/Qwen3-0.6B or a folder")
    middle = STANDARD.middle
    if layered:
        middle = st.text_input("Middle model", key="middle", bind="query-params", help=define("middle model"))
    return target.strip(), draft.strip(), middle.strip()


def _method(label: str, methods: list[Any], standard: str, key: str) -> tuple[Any, str]:
    """One method by its title, which is also what stands in the link; its parameters and its sentence below.

    Returns the class and the spec that asks for it with these parameters.
    """
    titles = {method.title: method for method in sorted(methods, key=lambda method: method.name != standard)}
    method = titles[st.selectbox(label, list(titles), key=key, bind="query-params", help=define(key))]
    paper = REFERENCES[method.reference]
    source = f"[{paper.authors}, {paper.year}]({paper.url})" if paper.url else f"{paper.authors}, {paper.year}"
    st.caption(f"{method.summary}  \nCost: {method.cost}. {source}")
    return method, spec(method.name, {name: value for name, value in _parameters(method) if value is not None})


def _parameters(method: Any) -> Iterator[tuple[str, float | None]]:
    """A control for each parameter; None for one that stands at its default."""
    for name, known in parameters(method).items():
        low, high, title = (known.metadata[part] for part in ("low", "high", "title"))
        key = f"{method.name}_{name}"
        step = 1 if isinstance(known.default, int) else 0.05
        value = st.slider(
            name.replace("_", " "), low, high, known.default, step, key=key, bind="query-params", help=title
        )
        yield name, None if value == known.default else value


def settings_controls() -> tuple[RunSettings | None, str, str]:
    """Draw all controls; the settings, the prompt, and the reason why they cannot run (or "")."""
    st.subheader("What")
    prompt = prompt_control()
    pair = st.container()
    st.subheader("How")
    drafter, drafter_spec = _method("Strategy", DRAFTERS.all(), STANDARD.drafter, "drafter")
    if not drafter.real:
        st.info("A yardstick: it asks the target for every guess, so nobody could run it.", icon=":material/info:")
    verifier, verifier_spec = _method("Verifier", VERIFIERS.all(), STANDARD.verifier, "verifier")
    if not verifier.lossless:
        st.info("Not lossless: the output no longer follows the target's law.", icon=":material/info:")
    with pair:
        target, draft, middle = pair_control(drafter.guesser == Guesser.LAYERED)
    reason = why_not(drafter, verifier) or ""
    if reason:
        fitting = ", ".join(rule.title for rule in VERIFIERS.all() if why_not(drafter, rule) is None)
        st.warning(f"{reason} These fit: {fitting}.", icon=":material/block:")
    uses = drafter.uses
    capacity = st.select_slider(
        "Capacity P", CAPACITIES, value=STANDARD.capacity, key="P", bind="query-params", help=define("capacity")
    )
    left, right = st.columns(2)
    drafts = left.number_input(
        "k", 1, 64, STANDARD.drafts, key="k", bind="query-params", disabled="drafts" not in uses, help=define("k")
    )
    depth = right.number_input("Depth", 1, 64, STANDARD.depth, key="depth", bind="query-params", help=define("depth"))
    st.subheader("Sampling")
    temperature = st.slider(
        "Temperature", 0.0, 2.0, STANDARD.temperature, 0.05, key="T", bind="query-params", help=define("temperature")
    )
    left, right = st.columns(2)
    seed = left.number_input("Seed", 0, MAX_SEED, STANDARD.seed, key="seed", bind="query-params", help=define("seed"))
    length = right.number_input(
        "Tokens", 1, 480, STANDARD.max_new_tokens, key="tokens", bind="query-params", help=define("tokens")
    )
    if not prompt.strip():
        reason = "The prompt is empty; write at least one word."
    if not (target and draft):
        reason = "Name both models: a folder, or an id on the Hugging Face hub."
    try:
        settings = RunSettings(
            target=target, draft=draft, middle=middle or STANDARD.middle, drafter=drafter_spec, verifier=verifier_spec,
            temperature=float(temperature), capacity=int(capacity), drafts=int(drafts), depth=int(depth),
            max_new_tokens=int(length), seed=int(seed),
        )  # fmt: skip
    except ValueError as error:
        return None, prompt, str(error)
    return settings, prompt, reason
