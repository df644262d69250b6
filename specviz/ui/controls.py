"""The settings of a run as sidebar controls; every value lives in the URL."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from specviz.models.preflight import curated
from specviz.models.preflight.facts import facts_of
from specviz.presets import PRESETS
from specviz.records import RunSettings
from specviz.records.settings import MAX_SEED
from specviz.seams import Guesser
from specviz.ui.glossary import define
from specviz.ui.methods import STANDARD, method_controls

CAPACITIES = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
EMBEDDED = {
    "Embedded pair, distilled draft": ("fable/target", "fable/draft"),
    "Embedded pair, plainly trained draft": ("fable/target", "fable/draft-plain"),
}
PAIRS = EMBEDDED | curated.PAIRS
OTHER = "Another pair"
OWN = "your own"
BY_HAND, AUTOMATIC = "by hand", "automatic"


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
    """A named pair, or two names; and the model between them, for a drafter that asks for one."""
    target, draft, middle = _named_pair(layered)
    _standard_chat(target)
    return target, draft, middle


def _named_pair(layered: bool) -> tuple[str, str, str]:
    chosen = st.selectbox("Pair", [*PAIRS, OTHER], key="pair", bind="query-params", help=define("pair"))
    if chosen in EMBEDDED:
        return (*EMBEDDED[chosen], STANDARD.middle)
    middle = STANDARD.middle
    if chosen != OTHER:
        target, draft = PAIRS[chosen]
    else:
        target = st.text_input("Target", key="target", bind="query-params", placeholder="Qwen/Qwen3-4B or a folder")
        draft = st.text_input(
            "Draft model", key="draft", bind="query-params", placeholder="Qwen/Qwen3-0.6B or a folder"
        )
    if layered:
        middle = st.text_input("Middle model", key="middle", bind="query-params", help=define("middle model"))
    return target.strip(), draft.strip(), middle.strip()


def automatic_control() -> bool:
    """Whether P and depth are chosen by what passes cost here."""
    chosen = st.segmented_control(
        "P and depth", [BY_HAND, AUTOMATIC], default=BY_HAND, key="sizes", bind="query-params", required=True,
        help=define("automatic sizes"), width="stretch", wrap=False,
    )  # fmt: skip
    return chosen == AUTOMATIC


def chat_control(target: str) -> bool:
    """Whether the prompt is written as a chat message; not asked where the target has no template.

    Off unless the link says otherwise, so that one without this word decodes what it always did; see `_standard_chat`.
    """
    if not target or facts_of(target).chat is False:
        return False
    return st.checkbox("Prompt as a chat message", key="chat", bind="query-params", help=define("chat message"))


def _standard_chat(target: str) -> None:
    """A visitor who turns to a target with a template gets a chat message; a target that came by a link does not."""
    before = st.session_state.get("chat_target")
    st.session_state["chat_target"] = target
    if before not in (None, target) and "chat" not in st.query_params and target and facts_of(target).chat:
        st.session_state["chat"] = True


def chat_query(target: str, chat: bool) -> dict[str, str]:
    """What a link to the Decode page says about the chat message: nothing where the target has no template."""
    return {"chat": str(chat).lower()} if facts_of(target).chat else {}


def size_controls(uses: frozenset[str], automatic: bool = False) -> tuple[int, int, int]:
    """P, k and depth; k is greyed where the strategy does not use it, P and depth where they are chosen for you."""
    capacity = st.select_slider(
        "Capacity P", CAPACITIES, value=STANDARD.capacity, key="P", bind="query-params", disabled=automatic,
        help=define("capacity"),
    )  # fmt: skip
    left, right = st.columns(2)
    drafts = left.number_input(
        "k", 1, 64, STANDARD.drafts, key="k", bind="query-params", disabled="drafts" not in uses, help=define("k")
    )
    depth = right.number_input(
        "Depth", 1, 64, STANDARD.depth, key="depth", bind="query-params", disabled=automatic, help=define("depth")
    )
    return int(capacity), int(drafts), int(depth)


def sampling_controls() -> tuple[float, int, int]:
    """Temperature, seed and how many tokens."""
    temperature = st.slider(
        "Temperature", 0.0, 2.0, STANDARD.temperature, 0.05, key="T", bind="query-params", help=define("temperature")
    )
    left, right = st.columns(2)
    seed = left.number_input("Seed", 0, MAX_SEED, STANDARD.seed, key="seed", bind="query-params", help=define("seed"))
    length = right.number_input(
        "Tokens", 1, 480, STANDARD.max_new_tokens, key="tokens", bind="query-params", help=define("tokens")
    )
    return float(temperature), int(seed), int(length)


def missing(prompt: str, target: str, draft: str) -> str:
    """What still has to be filled in before anything can run, or ""."""
    if not prompt.strip():
        return "The prompt is empty; write at least one word."
    if not (target and draft):
        return "Name both models: a folder, or an id on the Hugging Face hub."
    return ""


@dataclass(frozen=True)
class Asked:
    """What the controls ask for.

    settings: None where a value is out of range.  automatic: P and depth of the settings shall be chosen.
    reason: why it cannot run, or "".
    """

    settings: RunSettings | None
    prompt: str
    automatic: bool
    reason: str


def settings_controls() -> Asked:
    """Draw all controls."""
    st.header("What")
    prompt = prompt_control()
    pair = st.container()
    st.header("How")
    drafter, drafter_spec, verifier_spec, reason = method_controls()
    with pair:
        target, draft, middle = pair_control(drafter.guesser == Guesser.LAYERED)
        chat = chat_control(target)
    automatic = automatic_control()
    capacity, drafts, depth = size_controls(drafter.uses, automatic)
    st.header("Sampling")
    temperature, seed, length = sampling_controls()
    reason = missing(prompt, target, draft) or reason
    try:
        settings = RunSettings(
            target=target, draft=draft, middle=middle or STANDARD.middle, drafter=drafter_spec, verifier=verifier_spec,
            temperature=temperature, capacity=capacity, drafts=drafts, depth=depth, max_new_tokens=length, seed=seed,
            chat=chat,
        )  # fmt: skip
    except ValueError as error:
        return Asked(None, prompt, automatic, str(error))
    return Asked(settings, prompt, automatic, reason)
