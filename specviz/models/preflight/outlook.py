"""What can be said about a pair before it is loaded: does it fit, do the tokens agree, what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from specviz.models.preflight.curated import MODELS, PAIRS
from specviz.models.preflight.facts import ModelFacts
from specviz.models.preflight.memory import BYTES, Estimate, Size, estimate, gigabytes
from specviz.models.preflight.offers import offered
from specviz.models.preflight.room import Need
from specviz.models.preflight.shape import Shape
from specviz.models.preflight.tokenizers import Comparison, compare, of_folder
from specviz.models.preflight.troubles import ModelError, shown

TIGHT = 0.8  # share of the free memory above which a pair may run out of it


@dataclass(frozen=True)
class Plan:
    """Where and how a pair shall run.

    device, dtype: what `auto` will become.  tokens: of one text.  capacity: P.  free: bytes for it, None if unknown.
    fresh: torch is not in the process yet.
    """

    device: str
    dtype: str
    tokens: int
    capacity: int
    free: int | None
    fresh: bool


@dataclass(frozen=True)
class Outlook:
    """estimate: None where sizes are not known.  comparison: None where a tokenizer is not here.

    problems: why it will not work.  notes: what to know though it will.
    """

    estimate: Estimate | None
    comparison: Comparison | None
    problems: tuple[ModelError, ...]
    notes: tuple[str, ...]

    def fits(self, free: int | None) -> bool | None:
        """Whether all parts fit, or None where one side is not known."""
        return None if self.estimate is None or free is None else self.estimate.total <= free


def outlook(target: ModelFacts, draft: ModelFacts, plan: Plan) -> Outlook:
    """All that can be said without loading; nothing is fetched."""
    problems = [facts.problem for facts in dict.fromkeys((target, draft)) if facts.problem is not None]
    comparison: Comparison | None = None
    if not problems:
        try:
            comparison = _compared(target, draft)
        except ModelError as error:
            problems.append(error)
    return Outlook(_estimated(target, draft, plan), comparison, tuple(problems), tuple(_notes(target, draft, plan)))


def fitting(plan: Plan) -> list[tuple[str, int]]:
    """Curated pairs of this server that fit, the largest first, with their bytes; none where no memory is known."""
    found = []
    for label, names in offered(PAIRS).items():
        sizes = [Size(name, MODELS[name].parameters, MODELS[name].shape) for name in names]
        tokens = min(plan.tokens, *(size.shape.reads for size in sizes))
        total = estimate(sizes[0], sizes[1], plan.dtype, tokens, plan.capacity, plan.fresh).total
        if plan.free is not None and total <= TIGHT * plan.free:
            found.append((label, total))
    return sorted(found, key=lambda pair: -pair[1])


def advice(seen: Outlook, plan: Plan) -> str:
    """One sentence: whether the pair fits, and what would if it does not."""
    if seen.estimate is None:
        return "Its size is not known yet; the stage 'Weigh against the memory' stops the load if it cannot fit."
    total = seen.estimate.total
    if plan.free is None:
        return f"It will take about {gigabytes(total)}; how much is free on {plan.device} is known once it is in use."
    share = f"about {gigabytes(total)} of {gigabytes(plan.free)} free on {plan.device}"
    if total <= TIGHT * plan.free:
        return f"It fits: {share}."
    start = f"It is tight: {share}." if total <= plan.free else f"It does not fit: {share}."
    weights = sum(part.bytes for part in seen.estimate.parts if part.name.endswith("weights"))
    halved = total - weights // 2
    ways = _smaller_runs(seen.estimate, weights, plan)
    if BYTES[plan.dtype] == 4 and halved <= TIGHT * plan.free:
        ways.append(f"in bfloat16 it would take about {gigabytes(halved)}")
    open_ones = [label for label, size in fitting(plan) if size < total and not MODELS[PAIRS[label][0]].gated]
    ways.append(f"{open_ones[0]} would fit" if open_ones else "the embedded pair takes a few dozen MB")
    return f"{start} Instead: {', or '.join(ways)}."


def _smaller_runs(found: Estimate, weights: int, plan: Plan) -> list[str]:
    """The largest P, and the longest text, that this pair has room for, where that helps."""
    free = int(TIGHT * (plan.free or 0)) - weights
    need = Need(*found.sizes, plan.dtype, min(plan.tokens, *(size.shape.reads for size in found.sizes)), plan.capacity)
    capacity, text = need.largest_capacity(free), need.largest_text(free)
    ways = [f"P = {capacity:,} would fit"] if capacity is not None and capacity < need.capacity else []
    return ways + ([f"a text of {text:,} tokens would fit"] if text is not None and text < need.tokens else [])


def _compared(target: ModelFacts, draft: ModelFacts) -> Comparison | None:
    sides = [
        of_folder(facts.folder, facts.shape.rows if facts.shape else None) if facts.folder else None
        for facts in (target, draft)
    ]
    return None if sides[0] is None or sides[1] is None else compare(sides[0], sides[1])


def _estimated(target: ModelFacts, draft: ModelFacts, plan: Plan) -> Estimate | None:
    sizes = [
        Size(facts.name, facts.parameters, facts.shape)
        for facts in (target, draft)
        if facts.parameters is not None and facts.shape is not None
    ]
    if len(sizes) < 2:
        return None
    tokens = min(plan.tokens, *(size.shape.reads for size in sizes))
    return estimate(sizes[0], sizes[1], plan.dtype, tokens, plan.capacity, plan.fresh)


def _notes(target: ModelFacts, draft: ModelFacts, plan: Plan) -> list[str]:
    notes = []
    for facts in dict.fromkeys((target, draft)):
        name, shape = shown(facts.name), facts.shape
        if facts.gated:
            notes.append(f"{name} is gated: accept its licence on its page and start SpecViz with HF_TOKEN set.")
        if facts.folder is None and facts.problem is None:
            size = f" ({gigabytes(facts.disk)})" if facts.disk else ""
            notes.append(f"{name} is not on this machine: loading fetches it from the hub{size}.")
        if shape is not None:
            notes += _of_lengths(name, shape)
    reads = min((facts.shape.reads for facts in (target, draft) if facts.shape is not None), default=plan.tokens)
    if reads < plan.tokens:
        notes.append(f"A text of this pair has {reads:,} tokens at most; the estimate is for that many.")
    rows = [facts.shape.rows for facts in (target, draft) if facts.shape is not None]
    if len(rows) == 2 and rows[0] != rows[1]:
        notes.append(f"The embeddings have {rows[0]:,} and {rows[1]:,} rows: both are cut to the tokens in common.")
    if target.parameters and draft.parameters and draft.parameters >= target.parameters:
        notes.append("The draft model is not smaller than the target: it will guess well, and save nothing.")
    families = [MODELS[facts.name].family for facts in (target, draft) if facts.name in MODELS]
    if len(set(families)) == 2:
        notes.append(f"{families[0]} and {families[1]} have different tokenizers; the check will refuse this pair.")
    return notes


def _of_lengths(name: str, shape: Shape) -> list[str]:
    """Where its texts end early, or that some layers see less than the text."""
    if shape.limit and shape.limit < shape.context:
        cause = (
            "some of its layers see only a window of that many, and for this family that is not handled"
            if shape.limit == shape.window
            else "beyond that it would place all earlier tokens anew, and what is cached of them would be wrong"
        )
        return [
            f"{name} reads {shape.limit:,} tokens here, not {shape.context:,}: {cause}; longer prompts are refused."
        ]
    if shape.window and shape.window < shape.context:
        return [
            f"Some layers of {name} see only the last {shape.window:,} tokens; the tree pass keeps to that, and the "
            "cache holds the whole text."
        ]
    return []
