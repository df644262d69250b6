"""What the lanes component draws: several runs on one clock, their texts, and where these part.

payload = {lanes: [lane], clock, parts, outcomes, titles, sentences}
lane = {letter, method, size, says, colour, alt, figures: [[value, interval]], tokens: [[text, kind, pass]],
    passes: [[draft s, target s, verify s, drafted, accepted, emitted, kind of closing token]], marks: [[place, label]]}
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from specviz.drafting import make_drafter
from specviz.figures.compare.parting import parting_sentences
from specviz.figures.labels import OUTCOMES, visible
from specviz.figures.theme import GREY, STRATEGY
from specviz.records import DecodeTrace, RunSettings
from specviz.records.comparison import ComparisonRecord, first_difference
from specviz.verification import make_verifier

PARTS = [
    {"name": "draft", "light": "#9B6BC0", "dark": "#A97FCC", "says": "The draft model grows its tree of guesses."},
    {"name": "target", "light": "#2F6FB0", "dark": "#5B9BD8", "says": "One pass of the target checks the whole tree."},
    {"name": "verify", "light": "#5F6B76", "dark": "#A5AFB9", "says": "The verifier decides which guesses are kept."},
]
SHOWN = ("accepted", "bonus", "correction")
ALONE = {"mark": "", "light": "#7A828C", "dark": "#8C96A3", "definition": "Written by the target alone, one a pass."}


def lane_letters(record: ComparisonRecord) -> list[str]:
    """`Plain` for the lane of plain decoding, A, B, .. for the others."""
    letters = iter(ascii_uppercase)
    return ["Plain" if lane.settings.capacity == 0 else next(letters) for lane in record.lanes]


def lane_colours(record: ComparisonRecord) -> list[str]:
    """One colour for each lane; grey for plain decoding."""
    colours = iter(STRATEGY * 5)
    return [GREY if lane.settings.capacity == 0 else next(colours) for lane in record.lanes]


def lane_method(settings: RunSettings) -> str:
    """Strategy and verifier by their titles; as they stand in the file where it names others than ours."""
    verifier = settings.verifier
    try:
        verifier = make_verifier(settings.verifier).title
        drafter = make_drafter(settings.drafter).title
    except ValueError:
        drafter = settings.drafter
    if "(" in settings.verifier:
        verifier = f"{verifier.split(' (')[0]} ({settings.verifier.partition('(')[2]}"
    return "Plain decoding" if settings.capacity == 0 else f"{drafter}, {verifier[0].lower()}{verifier[1:]}"


def lane_size(settings: RunSettings) -> str:
    """P, and k where the strategy reads it."""
    if settings.capacity == 0:
        return "one token a pass"
    try:
        uses = make_drafter(settings.drafter).uses
    except ValueError:
        uses = frozenset({"drafts"})
    return f"P = {settings.capacity}" + (f", k = {settings.drafts}" if "drafts" in uses else "")


def lanes_payload(
    record: ComparisonRecord,
    reference: int,
    clock: str,
    figures: Sequence[Sequence[tuple[str, str]]],
    titles: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """All lanes as plain JSON.

    clock: `seconds` or `passes`.  figures: for each lane its numbers, each with its interval in words.  titles: names
    and definitions of these numbers.
    """
    letters, colours = lane_letters(record), lane_colours(record)
    lanes = []
    for i, trace in enumerate(record.lanes):
        lane = _lane(trace, letters[i]) | {"letter": letters[i], "colour": colours[i]}
        lanes.append(lane | {"figures": [list(pair) for pair in figures[i]], "marks": _marks(record, reference, i)})
    return {
        "lanes": lanes,
        "clock": clock,
        "parts": PARTS,
        "outcomes": {
            name: {"mark": o.mark, "light": o.light, "dark": o.dark, "definition": o.definition}
            for name, o in OUTCOMES.items()
            if name in SHOWN
        }
        | {"plain": ALONE},
        "titles": [list(pair) for pair in titles],
        "sentences": parting_sentences(record, reference, letters),
    }


def pass_rows(record: ComparisonRecord) -> list[dict[str, Any]]:
    """One row for each pass of each lane: the table twin of the clock."""
    rows = []
    for letter, trace in zip(lane_letters(record), record.lanes, strict=True):
        now = 0.0
        for step in trace.iterations:
            now += step.seconds.total
            rows.append(
                {
                    "lane": letter,
                    "pass": step.index + 1,
                    "drafted": step.tree.size,
                    "accepted": step.verdict.accepted,
                    "written": len(step.emitted),
                    "draft ms": 1000 * step.seconds.draft,
                    "target ms": 1000 * step.seconds.target,
                    "verify ms": 1000 * step.seconds.verify,
                    "ended at s": now,
                    "text": "".join(visible(trace.texts.get(token, f"<{token}>")) for token in step.emitted),
                }
            )
    return rows


def _lane(trace: DecodeTrace, letter: str) -> dict[str, Any]:
    tokens: list[list[Any]] = []
    passes: list[list[Any]] = []
    for step in trace.iterations:
        accepted = step.verdict.accepted
        closing = str(step.verdict.closing_kind) if trace.settings.capacity else "plain"
        for place, token in enumerate(step.emitted):
            kind = "accepted" if place < accepted else closing
            tokens.append([visible(trace.texts.get(token, f"<{token}>")), kind, step.index])
        parts = (step.seconds.draft, step.seconds.target, step.seconds.verify)
        passes.append([*(round(s, 6) for s in parts), step.tree.size, accepted, len(step.emitted), closing])
    seconds = float(sum(sum(p[:3]) for p in passes))
    method = lane_method(trace.settings)
    return {
        "method": method,
        "size": lane_size(trace.settings),
        "says": f"{method}, {lane_size(trace.settings)}; ended: {trace.stop_reason.replace('_', ' ')}.",
        "alt": f"{letter}, {method}: {len(tokens)} tokens in {len(passes)} target passes and {seconds:.2f} seconds.",
        "tokens": tokens,
        "passes": passes,
    }


def _marks(record: ComparisonRecord, reference: int, lane: int) -> list[list[Any]]:
    """Where this lane's text parts from the reference's; in the reference, where each of the others does."""
    letters, texts = lane_letters(record), [trace.emitted for trace in record.lanes]
    others = [reference] if lane != reference else [i for i in range(len(texts)) if i != reference]
    found: dict[int, list[str]] = {}
    for other in others:
        place = first_difference(texts[lane], texts[other])
        if place is not None:
            found.setdefault(place, []).append(letters[other])
    return [[place, f"\u2260{' '.join(names)}"] for place, names in sorted(found.items())]
