"""The settings of a run as sidebar controls; every value lives in the URL."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from specviz.models.preflight import curated
from specviz.models.preflight.allowed import allowed_words, require_allowed
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.offers import offered
from specviz.models.preflight.troubles import ModelError
from specviz.policy import NotAllowedError, check_prompt, policy
from specviz.presets import PRESETS
from specviz.records import RunSettings
from specviz.records.settings import MAX_SEED
from specviz.seams import Guesser
from specviz.ui.glossary import define
from specviz.ui.methods import STANDARD, method_controls
from specviz.ui.words import plain

CAPACITIES = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
EMBEDDED = {
    "Embedded pair, distilled draft": ("fable/target", "fable/draft"),
    "Embedded pair, plainly trained draft": ("fable/target", "fable/draft-plain"),
}
PAIRS = EMBEDDED | curated.PAIRS
OTHER = "Another pair"
OWN = "your own"
BY_HAND, AUTOMATIC = "by hand", "automatic"
MOST_TOKENS = 480
MOST_LETTERS = 20_000


def capacities(least: int = 0) -> list[int]:
    """The P of the sliders; they end at the largest that this server allows."""
    most = policy().capacity
    return sorted({*(size for size in CAPACITIES if least <= size <= most), most})


def offered_pairs() -> dict[str, tuple[str, str]]:
    """The named pairs that this server loads, those that ship with it first."""
    return offered(PAIRS)


def keep_within(key: str, most: int, name: str) -> None:
    """A link that asks for more than there is gets the most there is, and a sentence; call it before the control."""
    asked, told = st.query_params.get(key, ""), f"{key} of the link"
    if key not in st.session_state and asked.isascii() and asked.isdigit() and len(asked) < 16 and int(asked) > most:
        st.session_state[told] = int(asked)
        st.query_params[key] = str(most)
        st.rerun()  # the control takes its first value from the link that a run begins with
    if st.session_state.get(told) and st.session_state.get(key, most) == most:
        st.caption(f"The link asks for {name} {st.session_state[told]:,}; at most {most:,} is possible here.")


def prompt_control() -> str:
    """A preset by kind, or the visitor's own text."""
    names = [f"{kind} {number}" for kind, prompts in PRESETS.items() for number, _ in enumerate(prompts, start=1)]
    texts = dict(zip(names, (text for prompts in PRESETS.values() for text in prompts), strict=True))
    chosen = st.selectbox("Prompt", [*names, OWN], key="prompt", bind="query-params", help=define("prompt"))
    if chosen == OWN:
        most = min(MOST_LETTERS, policy().prompt)
        return st.text_area("Your prompt", key="own_prompt", height=120, max_chars=most, persist_state="session")
    st.code(texts[chosen], language=None, wrap_lines=True)
    return texts[chosen]


def pair_control(layered: bool) -> tuple[str, str, str]:
    """A named pair, or two names; and the model between them, for a drafter that asks for one."""
    target, draft, middle = _named_pair(layered)
    _standard_chat(target)
    return target, draft, middle


def _named_pair(layered: bool) -> tuple[str, str, str]:
    pairs, asked = offered_pairs(), st.query_params.get("pair", "")
    if asked in PAIRS and asked not in pairs:
        st.session_state["pair of the link"] = asked
    if "pair of the link" in st.session_state:
        st.caption(f"This server does not load {plain(st.session_state['pair of the link'])}, which the link names.")
    chosen = st.selectbox("Pair", [*pairs, OTHER], key="pair", bind="query-params", help=define("pair"))
    if allowed_words():
        st.caption(plain(allowed_words()))
    if chosen in EMBEDDED:
        return (*EMBEDDED[chosen], STANDARD.middle)
    middle = STANDARD.middle
    if chosen != OTHER:
        target, draft = pairs[chosen]
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
    keep_within("P", policy().capacity, "P =")
    capacity = st.select_slider(
        "Capacity P", capacities(), value=min(STANDARD.capacity, policy().capacity), key="P", bind="query-params",
        disabled=automatic, help=define("capacity"),
    )  # fmt: skip
    keep_within("depth", policy().depth, "depth")
    left, right = st.columns(2)
    drafts = left.number_input(
        "k", 1, 64, STANDARD.drafts, key="k", bind="query-params", disabled="drafts" not in uses, help=define("k")
    )
    depth = right.number_input(
        "Depth", 1, policy().depth, min(STANDARD.depth, policy().depth), key="depth", bind="query-params",
        disabled=automatic, help=define("depth"),
    )  # fmt: skip
    return int(capacity), int(drafts), int(depth)


def sampling_controls() -> tuple[float, int, int]:
    """Temperature, seed and how many tokens."""
    temperature = st.slider(
        "Temperature", 0.0, 2.0, STANDARD.temperature, 0.05, key="T", bind="query-params", help=define("temperature")
    )
    most = min(MOST_TOKENS, policy().new_tokens)
    keep_within("tokens", most, "tokens:")
    left, right = st.columns(2)
    seed = left.number_input("Seed", 0, MAX_SEED, STANDARD.seed, key="seed", bind="query-params", help=define("seed"))
    length = right.number_input(
        "Tokens", 1, most, min(STANDARD.max_new_tokens, most), key="tokens", bind="query-params", help=define("tokens")
    )
    return float(temperature), int(seed), int(length)


def missing(prompt: str, target: str, draft: str) -> str:
    """What still has to be filled in before anything can run, or ""."""
    if not prompt.strip():
        return "The prompt is empty; write at least one word."
    if not (target and draft):
        return "Name both models: a folder, or an id on the Hugging Face hub."
    try:
        check_prompt(prompt)
    except NotAllowedError as error:
        return str(error)
    try:
        for name in (target, draft):
            require_allowed(name)
    except ModelError:  # its sentence holds a stranger's name
        return "This server does not load these models; the Models page says what it loads."
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
