"""What if: one pass again under another P, k, depth or rule, from its stored rows, beside what was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from specviz.drafting import make_drafter
from specviz.engine.whatif.answer import UNKEPT, WhatIf, capacity_ladder, what_if
from specviz.engine.whatif.words import change_in_words
from specviz.figures.labels import visible
from specviz.figures.player.payload import player_payload
from specviz.policy import policy
from specviz.records import DecodeTrace, Iteration, RunSettings
from specviz.records.settings import MAX_DRAFTS
from specviz.ui.glossary import define
from specviz.ui.player import run_player
from specviz.ui.tables import table_with_csv
from specviz.ui.words import plain
from specviz.verification import VERIFIERS, make_verifier, why_not

SIZES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128, 256, 512, 1024)
LADDER = (1, 2, 4, 8, 16, 32, 64, 128)
NOBODY = "a token that was not kept"


def whatif_panel(trace: DecodeTrace, selected: Any) -> None:
    """The panel for the pass that is chosen in the player: `selected` = {iteration, node}."""
    if not trace.iterations:
        st.info("This run has no pass yet, so there is nothing to ask about; press Run to decode one.")
        return
    try:
        make_drafter(trace.settings.drafter), make_verifier(trace.settings.verifier)
    except ValueError as error:
        st.info(f"{plain(str(error))} Without its method, this run can be looked at but not asked.")
        return
    index = int((selected or {}).get("iteration") or 0)
    _ask(trace, min(max(index, 0), len(trace.iterations) - 1))


@st.fragment
def _ask(trace: DecodeTrace, index: int) -> None:
    """Controls, numbers, sentence, tree and ladder; a control redraws no more than this."""
    run = f"{id(trace)} {hash((trace.settings, trace.prompt_ids, trace.emitted))}"
    st.markdown(
        f"**Pass {index + 1} of {len(trace.iterations)}, asked again.** The stored rows answer, with the run's own "
        "randomness; no model is called. *Lower P until a guess is lost, or try another rule.*",
        help=f"{define('what if')} {define('stored rows')}",
    )
    settings = _controls(trace, run)
    old = trace.iterations[index]
    recorded, asked = (_answer(run, index, one, trace) for one in (trace.settings, settings))
    if asked.iteration is None:
        st.warning(
            f"The stored rows do not tell. {plain(asked.reason)} To see it, set them at the side and press Run.",
            icon=":material/help:",
        )
    else:
        _numbers(old, recorded, asked)
        sentence = change_in_words(old, asked.iteration, lambda token: f"\u201c{_name(trace, token)}\u201d")
        st.markdown(plain(f"{_change(trace.settings, settings)}{sentence}"))
        run_player(_payload(trace, asked.iteration), key="whatif-tree")
    _ladder(trace, run, index, settings)


def _controls(trace: DecodeTrace, run: str) -> RunSettings:
    """P, k, depth and the fitting rules; another run starts from its own values."""
    old = trace.settings
    drafter = make_drafter(old.drafter)
    rules: dict[str, str] = {make_verifier(old.verifier).title: old.verifier}
    for fitting in VERIFIERS.all():
        if why_not(drafter, fitting) is None:
            rules.setdefault(fitting.title, fitting.name)
    sizes = sorted({*(size for size in SIZES if size <= policy().capacity), old.capacity})
    own: dict[str, Any] = {
        "whatif_P": old.capacity,
        "whatif_k": old.drafts,
        "whatif_depth": old.depth,
        "whatif_rule": next(iter(rules)),
    }
    if st.session_state.setdefault("whatif-run", run) != run:
        st.session_state.update(own | {"whatif-run": run})
    if st.session_state.get("whatif_P", old.capacity) not in sizes or st.session_state.get("whatif_rule") not in rules:
        for key in ("whatif_P", "whatif_rule"):
            st.session_state.pop(key, None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        capacity = st.select_slider(
            "Capacity P",
            sizes,
            own["whatif_P"],
            key="whatif_P",
            bind="query-params",
            help=define("capacity"),
            width=340,
        )
        unread = "drafts" not in drafter.uses
        drafts = st.number_input(
            "k", 1, MAX_DRAFTS, own["whatif_k"], key="whatif_k", bind="query-params", disabled=unread, width=110,
            help=define("k"),
        )  # fmt: skip
        depth = st.number_input(
            "Depth", 0, max(policy().depth, old.depth), own["whatif_depth"], key="whatif_depth", bind="query-params",
            width=110, help=define("depth"),
        )  # fmt: skip
        rule = st.selectbox(
            "Rule", list(rules), key="whatif_rule", bind="query-params", help=define("verifier"), width=320
        )
    return replace(old, capacity=int(capacity), drafts=int(drafts), depth=int(depth), verifier=rules[rule])


@st.cache_resource(max_entries=512, show_spinner=False)
def _answer(run: str, index: int, settings: RunSettings, _trace: DecodeTrace) -> WhatIf:
    """Frozen, so that it can be kept as it is. run: what tells runs apart."""
    return what_if(_trace, index, settings)


@st.cache_resource(max_entries=256, show_spinner=False)
def _answers(run: str, index: int, settings: RunSettings, capacities: tuple[int, ...], _trace: DecodeTrace) -> Any:
    return capacity_ladder(_trace, index, settings, capacities)


def _numbers(old: Iteration, recorded: WhatIf, asked: WhatIf) -> None:
    """Counts, and how they differ from the record."""
    new = asked.iteration
    assert new is not None
    counts = {
        "drafted": (new.tree.size, old.tree.size, define("guesses drafted")),
        "accepted": (new.verdict.accepted, old.verdict.accepted, define("accepted tokens")),
        "emitted": (len(new.emitted), len(old.emitted), define("emitted tokens")),
    }
    with st.container(horizontal=True, gap="large"):
        for name, (now, then, words) in counts.items():
            delta = f"{now - then:+d}" if now != then else None
            st.metric(name, now, delta, delta_color="off", help=f"{words} Recorded: {then}.", width="content")
        if asked.expected is not None:
            was = f" With the recorded settings: {_range(recorded.expected)}." if recorded.expected else ""
            st.metric("expected tokens", _range(asked.expected), help=define("expected tokens") + was, width="content")


def _range(expected: tuple[float, float]) -> str:
    low, high = (f"{value:.2f}" for value in expected)
    return low if low == high else f"{low}\u2013{high}"


def _change(old: RunSettings, new: RunSettings) -> str:
    """What was moved, to begin the sentence with."""
    names = {"capacity": "P", "drafts": "k", "depth": "depth"}
    moved = [
        f"{short} = {getattr(new, name)}" for name, short in names.items() if getattr(new, name) != getattr(old, name)
    ]
    if new.verifier != old.verifier:
        moved.append(make_verifier(new.verifier).title)
    return f"With {' and '.join(moved)} " if moved else "As recorded: "


def _name(trace: DecodeTrace, token: int) -> str:
    return NOBODY if token == UNKEPT else visible(trace.texts.get(token, f"<{token}>"))


def _payload(trace: DecodeTrace, iteration: Iteration) -> dict[str, Any]:
    """The pass as a run of its own, for the player."""
    emitted = [token for item in trace.iterations[: iteration.index] for token in item.emitted]
    alone = replace(
        trace, iterations=(replace(iteration, index=0),), prompt_ids=(*trace.prompt_ids, *emitted),
        texts=trace.texts | {UNKEPT: f"({NOBODY})"},
    )  # fmt: skip
    return player_payload(alone) | {"compact": True}


def _ladder(trace: DecodeTrace, run: str, index: int, settings: RunSettings) -> None:
    """Accepted tokens of this pass at every P."""
    capacities = tuple(sorted({*LADDER, trace.settings.capacity, settings.capacity} - {0}))
    answers = _answers(run, index, replace(settings, capacity=0), capacities, trace)
    known = [answer.settings.capacity for answer in answers if answer.iteration is not None]
    st.caption(
        "**Accepted tokens of this pass at other P.** "
        + (f"Answered up to P = {max(known)}; " if known else "")
        + "\u201copen\u201d: the stored rows do not tell."
    )
    row = {
        f"P = {answer.settings.capacity}": "open"
        if answer.iteration is None
        else str(answer.iteration.verdict.accepted)
        for answer in answers
    }
    table_with_csv([row], "whatif-ladder")
