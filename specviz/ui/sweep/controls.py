"""What a sweep shall run: prompts, methods, capacities and seeds, as sidebar controls; every value lives in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.engine.compare.comparison import Method
from specviz.engine.probe.prompts import MAX_BYTES, MAX_PROMPTS, Prompt, read_file
from specviz.engine.sweep.plan import make_plan
from specviz.figures.labels import visible
from specviz.policy import policy
from specviz.presets import PRESETS
from specviz.records import RunSettings
from specviz.records.sweep_plan import SweepPlan, digest_of
from specviz.seams import Guesser
from specviz.ui.controls import capacities as offered_sizes
from specviz.ui.controls import missing, pair_control, sampling_controls
from specviz.ui.glossary import define
from specviz.ui.methods import STANDARD
from specviz.ui.uploads import content, file_control
from specviz.ui.words import plain
from specviz.verification import VERIFIERS, why_not

OURS, FILE = "the presets", "a file of mine"
STANDARD_METHODS = (
    ("chain", "token"), ("sequoia", "traversal"), ("best_first", "shared_race"), ("race_dynamic", "shared_race")
)  # fmt: skip
STANDARD_CAPACITIES = (4, 16, 64)
MOST_RUNS = 3000  # of one sweep from this page; the command line has no such limit
TEXTS = "sweep_texts"  # the visitor's own prompts of this visit, by digest


@dataclass(frozen=True)
class Asked:
    """What the controls ask for. plan: None where something is missing. reason: why it cannot run, or ""."""

    plan: SweepPlan | None
    prompts: tuple[Prompt, ...]
    reason: str


def sweep_controls() -> Asked:
    """Draw all controls of the sidebar."""
    st.header("What")
    prompts, reason = _prompts()
    pair = st.container()
    st.header("How")
    methods = _methods()
    sizes = offered_sizes()
    standard = [size for size in STANDARD_CAPACITIES if size in sizes]
    capacities = st.multiselect(
        "Capacities P", sizes, standard, key="sweep_P", bind="query-params", help=define("capacity")
    )
    left, right = st.columns(2)
    drafts = left.number_input("k", 1, 64, STANDARD.drafts, key="k", bind="query-params", help=define("k"))
    depth = right.number_input(
        "Depth", 1, policy().depth, min(STANDARD.depth, policy().depth), key="depth", bind="query-params",
        help=define("depth"),
    )  # fmt: skip
    st.header("Sampling")
    temperature, seed, length = sampling_controls()
    repeats = st.number_input("Seeds", 1, 20, 1, key="sweep_seeds", bind="query-params", help=define("sweep seeds"))
    separate = st.toggle(
        "Time every run by itself", key="sweep_separate", bind="query-params", help=define("separate runs")
    )
    with pair:
        layered = any(DRAFTERS.make(method.drafter).guesser == Guesser.LAYERED for method in methods)
        target, draft, middle = pair_control(layered)
    reason = reason or missing("prompts", target, draft)
    if reason:
        return Asked(None, prompts, reason)
    try:
        settings = RunSettings(
            target=target, draft=draft, middle=middle or STANDARD.middle, drafts=int(drafts), depth=int(depth),
            temperature=temperature, max_new_tokens=length, seed=seed,
        )  # fmt: skip
        seeds = range(seed, seed + int(repeats))
        plan = make_plan(settings, prompts, methods, sorted(capacities), list(seeds), bool(separate))
    except ValueError as error:
        return Asked(None, prompts, str(error))
    if plan.total > MOST_RUNS:
        return Asked(plan, prompts, f"These are {plan.total:,} runs; from this page at most {MOST_RUNS:,} are made. "
                     "Take fewer, or use `python -m specviz sweep`.")  # fmt: skip
    return Asked(plan, prompts, "")


def _prompts() -> tuple[tuple[Prompt, ...], str]:
    """The prompts, and what is missing."""
    source = st.selectbox(
        "Prompts", [OURS, FILE], key="sweep_prompts", bind="query-params", help=define("many prompts")
    )
    if source == OURS:
        st.caption(f"{len(preset_prompts())} prompts of ours: {', '.join(PRESETS)}.")
        return preset_prompts(), ""
    files = file_control(
        "Prompts (.jsonl or .txt)", ["jsonl", "json", "txt"], "sweep_prompts_file", own=MAX_BYTES >> 20,
        help='One object a line, such as {"category": "story", "turns": ["Once upon a time"]}; or plain text, one '
        f"prompt a line. At most {MAX_BYTES >> 20} MB and {MAX_PROMPTS} prompts.",
    )  # fmt: skip
    if not files:
        return (), "Choose a file of prompts, or take the presets."
    try:
        found = read_file(content(files[0], MAX_BYTES >> 20))
    except ValueError as error:
        return (), str(error)
    for note in found.notes:
        st.caption(plain(visible(note)))
    kinds = len({prompt.kind for prompt in found.kept})
    st.caption(f"{len(found.kept)} prompts of {kinds} {'kind' if kinds == 1 else 'kinds'} were understood.")
    _remember(found.kept)
    return found.kept, ""


@cache
def preset_prompts() -> tuple[Prompt, ...]:
    """Our own prompts, named as elsewhere: `story 1`."""
    return tuple(
        Prompt(f"{kind} {number}", kind, text)
        for kind, texts in PRESETS.items()
        for number, text in enumerate(texts, 1)
    )


def _methods() -> list[Method]:
    """Drafters with verifiers that fit them."""
    pairs = fitting_methods()
    names = {pair: name for name, pair in pairs.items()}
    standard = [names[pair] for pair in STANDARD_METHODS]
    chosen = st.multiselect(
        "Methods", list(pairs), standard, key="sweep_methods", bind="query-params", help=define("sweep methods")
    )
    return [Method(*pairs[name], None, None) for name in chosen]


@cache
def fitting_methods() -> dict[str, tuple[str, str]]:
    """Every drafter with every verifier that is right for its trees: (drafter, verifier) by title."""
    return {
        f"{drafter.title} + {verifier.title}": (drafter.name, verifier.name)
        for drafter in DRAFTERS.all() for verifier in VERIFIERS.all() if why_not(drafter, verifier) is None
    }  # fmt: skip


def _remember(prompts: Sequence[Prompt]) -> None:
    """A record keeps no text; the visitor's own are kept for this visit, so that doors can lead to them."""
    st.session_state[TEXTS] = {digest_of(prompt.text): prompt.text for prompt in prompts}


def text_of(digest: str) -> str | None:
    """The text of a prompt that is ours, or the visitor's own; None for one that only its file's maker knows."""
    ours = {digest_of(prompt.text): prompt.text for prompt in preset_prompts()}
    return (ours | st.session_state.get(TEXTS, {})).get(digest)
