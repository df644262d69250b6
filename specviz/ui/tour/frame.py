"""What every step has in common: the bar, the words, the task that gets its tick, and the way on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from specviz.theory import REFERENCES
from specviz.ui.page import door, open_page
from specviz.ui.tour.toy import Toy

PLACE, TICKED = "step", "tour_done"  # names in the link
COUNT = 8
TICK, OPEN = ":material/check_circle:", ":material/radio_button_unchecked:"
# The words need less room than the picture; where both do not fit side by side, the picture comes below.
STYLE = """<style>
.st-key-tour_body > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]:first-child
{ min-width: min(20rem, 100%) }
.st-key-tour_body > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]:last-child
{ min-width: min(31rem, 100%) }
.st-key-tour_head h1 { padding: 0 0 0.6rem }
</style>"""


@dataclass(frozen=True)
class Outcome:
    """What a step's controls say.

    done: whether the task is done as they stand.  now: how far it is.  learned: what it shows, once done.
    link: settings for the page behind the step's door.
    """

    done: bool
    now: str
    learned: str
    link: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    name: in the bar.  shows, task: the two sentences at its head.  words: the explanation.  formula: KaTeX, or "".
    letters: meaning of each letter, by its KaTeX.  door: the page behind it, and what its link is called.
    references: numbers of papers.
    """

    name: str
    title: str
    shows: str
    task: str
    words: str
    panel: Callable[[Toy], Outcome]
    door: tuple[str, str]
    formula: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    references: tuple[int, ...] = ()


def show(steps: Sequence[Step], toy: Toy) -> None:
    """The step that the link names; the picture is drawn first, because the tick depends on its controls."""
    number = st.session_state["tour_place"] = _place()
    step = steps[number - 1]
    bar = st.container(horizontal=True, gap="small", key="tour_bar")
    st.html(STYLE)
    with st.container(key="tour_head", gap="xsmall"):
        open_page(f"{number}. {step.title}", step.shows, step.task)
    with st.container(key="tour_body"):
        text, picture = st.columns([5, 9], gap="medium")
    with picture, st.container(gap="xsmall"):
        outcome = step.panel(toy)
    ticked = _ticked() | ({number} if outcome.done else set())
    _write(ticked)
    with text:
        _words(step)
        _task(outcome, number in ticked)
        door(step.door[0], step.door[1], ":material/arrow_outward:", **outcome.link)
        _way(number)
        if len(ticked) == COUNT:
            st.caption("All steps are done; the link of this page keeps them.")
    with bar:
        for place, one in enumerate(steps, start=1):
            _button(place, one, place in ticked, place == number)


def _place() -> int:
    """The step in the link, else the one of this visit, else the first."""
    for given in (st.query_params.get(PLACE, ""), str(st.session_state.get("tour_place", ""))):
        if given.isascii() and given.isdigit() and 1 <= int(given[:3]) <= COUNT:
            return int(given[:3])
    return 1


def _ticked() -> set[int]:
    """The steps that are done, by the link or in this visit."""
    given = st.query_params.get(TICKED, "").split(",")[: 2 * COUNT]
    linked = {int(part) for part in given if part in {str(place + 1) for place in range(COUNT)}}
    kept: set[int] = st.session_state.get("tour_ticked", set())
    return linked | kept


def _write(ticked: set[int]) -> None:
    """Into the visit, which outlives a look at another page, and into the link."""
    st.session_state["tour_ticked"] = ticked
    wanted = {PLACE: str(st.session_state["tour_place"])} | (
        {TICKED: ",".join(map(str, sorted(ticked)))} if ticked else {}
    )
    for name, value in wanted.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def _go(number: int) -> None:
    st.session_state["tour_place"] = number
    st.query_params[PLACE] = str(number)


def _walk(steps: int) -> None:
    """From where the visitor is by now: a second press may come before the first one was drawn."""
    _go(min(max(1, int(st.session_state.get("tour_place", 1)) + steps), COUNT))


def _button(place: int, step: Step, ticked: bool, here: bool) -> None:
    """One step in the bar; ticked ones say so by their mark, also in their name, the present one by its frame."""
    st.button(
        f"{TICK if ticked else OPEN} {place} {step.name}", key=f"tour_go_{place}",
        type="secondary" if here else "tertiary", help=step.title, on_click=_go, args=(place,),
    )  # fmt: skip


def _words(step: Step) -> None:
    st.markdown(step.words)
    if step.formula:
        st.latex(step.formula)
        with st.container(horizontal=True, gap="small", horizontal_alignment="center"):
            for letter, meaning in step.letters.items():
                st.markdown(f"${letter}$", help=meaning, width="content")
    if step.references:
        papers = [REFERENCES[number] for number in step.references]
        named = "; ".join(f"[{paper.authors}, {paper.year}]({paper.url})" for paper in papers)
        st.markdown(f":small[{named}]")  # the grey of a caption is too pale for a link


def _task(outcome: Outcome, ticked: bool) -> None:
    """Open: how far it is. Done: what it shows. A tick stays when the controls move on."""
    with st.container(border=True, key="tour_task"):
        if outcome.done:
            st.markdown(f":green[{TICK} **Done.**] {outcome.learned}")
        elif ticked:
            st.markdown(f":green[{TICK} **Done before.**] As the controls stand now: {outcome.now}")
        else:
            st.markdown(f"{OPEN} **To do.** {outcome.now}")


def _way(number: int) -> None:
    """Back and on; going on never depends on a tick."""
    with st.container(horizontal=True, gap="small"):
        st.button("Back", key="tour_back", icon=":material/arrow_back:", disabled=number == 1,
                  on_click=_walk, args=(-1,))  # fmt: skip
        if number < COUNT:
            st.button("Next", key="tour_next", type="primary", icon=":material/arrow_forward:", icon_position="right",
                      on_click=_walk, args=(1,))  # fmt: skip
        else:
            door("decode", "Now watch a real run", ":material/play_circle:")
