"""In words: which lanes wrote one text, where the others first part, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from specviz.figures.labels import visible
from specviz.records import DecodeTrace
from specviz.records.comparison import SIXTEEN_BITS, ComparisonRecord, first_difference
from specviz.verification import make_verifier


def parting_sentences(record: ComparisonRecord, reference: int, letters: Sequence[str]) -> list[str]:
    """One sentence for each group of lanes that wrote one text, one for each group that parts from the reference."""
    groups = _groups(record)
    sentences = [_same(record, group, letters) for group in groups if len(group) > 1]
    home = next(group for group in groups if reference in group)
    sentences += [_apart(record, reference, group, letters) for group in groups if group is not home]
    return sentences


def _groups(record: ComparisonRecord) -> list[list[int]]:
    """Lanes that never differ, as far as the shorter one goes."""
    groups: list[list[int]] = []
    texts = [trace.emitted for trace in record.lanes]
    for lane, text in enumerate(texts):
        for group in groups:
            if all(first_difference(text, texts[other]) is None for other in group):
                group.append(lane)
                break
        else:
            groups.append([lane])
    return groups


def _same(record: ComparisonRecord, group: Sequence[int], letters: Sequence[str]) -> str:
    traces = [record.lanes[lane] for lane in group]
    length = min(len(trace.emitted) for trace in traces)
    wrote = f"{_listed(letters, group)} wrote the same {length} tokens"
    if all(_exact(trace) for trace in traces) and traces[0].settings.temperature == 0:
        return f"{wrote}: at temperature 0 every exact method takes the target's most probable token."
    if len({_clocks(trace) for trace in traces} - {0}) == 1 and all(_clocks(trace) for trace in traces):
        return (
            f"{wrote}: each token is the winner of the target's race, on clocks that belong to its place in the text, "
            "so what was drafted changes the number of passes and not one word."
        )
    return f"{wrote}; nothing forces them to, and another seed may part them."


def _apart(record: ComparisonRecord, reference: int, group: Sequence[int], letters: Sequence[str]) -> str:
    first, second = record.lanes[reference], record.lanes[group[0]]
    place = first_difference(first.emitted, second.emitted) or 0
    one, other = (f"\u201c{_text(trace, place)}\u201d" for trace in (first, second))
    names = _listed(letters, [reference, *group])
    start = f"{names} first differ at token {place + 1}: {one} ({letters[reference]}) against {other}."
    if place:
        start += (
            f" Up to there they wrote the same {_counted(place)}, which the target finds probable: "
            f"{_typical(first, place):.0%} each, on geometric average."
        )
    return f"{start} {_why(first, second, letters[reference], _listed(letters, group))}"


def _why(first: DecodeTrace, second: DecodeTrace, one: str, other: str) -> str:
    wrong = [name for trace, name in ((first, one), (second, other)) if not _exact(trace)]
    if wrong:
        return f"{' and '.join(wrong)} did not have to keep the target's law."
    if first.settings.temperature == 0:
        return _rounding(first, second)
    if _clocks(first) and _clocks(first) == _clocks(second):
        return "They share their clocks, so only rounding in a near tie can part them."
    return "All follow the target's law: one seed, spent in different ways."


def _rounding(first: DecodeTrace, second: DecodeTrace) -> str:
    dtypes = [trace.provenance.dtype.split(",")[0] for trace in (first, second)]  # the target's stands first
    short = next((dtype for dtype in dtypes if dtype in SIXTEEN_BITS), None)
    if short is None:
        return "At temperature 0 exact methods part only where rounding decides a tie."
    return (
        f"Both are greedy and exact, but in numbers of 16 bits ({short}) a pass over a whole tree rounds otherwise "
        "than a pass over one token: two tokens that the target finds almost equally probable can change places, and "
        "from there on the texts go apart."
    )


def _exact(trace: DecodeTrace) -> bool:
    try:
        return make_verifier(trace.settings.verifier).lossless
    except ValueError:  # a name from a file that is not ours
        return False


def _clocks(trace: DecodeTrace) -> int:
    """Fields of clocks that belong to text positions, 0 for a verifier that runs no race."""
    try:
        verifier = make_verifier(trace.settings.verifier)
    except ValueError:
        return 0
    return (trace.settings.drafts if verifier.one_field_per_draft else 1) if verifier.shares_clocks else 0


def _typical(trace: DecodeTrace, count: int) -> float:
    """Geometric mean of the target's probabilities of the first tokens."""
    surprisal = np.concatenate([step.surprisal for step in trace.iterations])[:count]
    return math.exp(-float(surprisal.mean()))


def _text(trace: DecodeTrace, place: int) -> str:
    token = trace.emitted[place]
    return visible(trace.texts.get(token, f"<{token}>"))


def _counted(count: int) -> str:
    return "token" if count == 1 else f"{count} tokens"


def _listed(letters: Sequence[str], lanes: Sequence[int]) -> str:
    names = [letters[lane] for lane in lanes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
