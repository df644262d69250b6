"""The engine against its goals: eleven rows on the dial pair and on the embedded pair, and the record's own cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from benchmarks import equal, greedy, passes
from benchmarks.dial import ALPHAS
from benchmarks.pairs import Subject, dial_subject, embedded_subject, strategies, subjects
from benchmarks.report import Figure, figures_table

SAME_KERNELS = (
    "generate and assisted generation run the plain Hugging Face modules in every row; where a row says fast draft or "
    "both fast, our side runs its models in faster kernels, so that its gain is one of kernels and of speculation "
    "together. What speculation alone gains is told by the rows against plain greedy in the same way: our own loop, "
    "without drafts, the target run as in that row."
)


@dataclass(frozen=True)
class Effort:
    """How much is measured. repeats: of whole runs.  tokens: of each.  alphas: of the dial."""

    repeats: int
    tokens: int
    alphas: tuple[float, ...]

    @classmethod
    def of(cls, quick: bool) -> Effort:
        """The full one, and one that only shows that everything runs."""
        return cls(2, 32, (0.12,)) if quick else cls(7, 64, ALPHAS)


def report(quick: bool = False, device: str = "cpu") -> Iterator[str]:
    """The part of the document on the engine."""
    effort = Effort.of(quick)
    yield from (_on_device(effort, device) if device.startswith("cuda") else _on_cpu(effort, quick))


def _on_cpu(effort: Effort, quick: bool) -> Iterator[str]:
    figures: list[Figure] = []
    tables: list[str] = []
    for subject in subjects(effort.alphas):
        figures += _figures_of(subject, effort, tables)
    figures += passes.compaction(effort.repeats)
    same = equal.rotated(16 if quick else 32)
    figures.append(same.figure())
    _progress("equal tokens")
    ways = ", ".join(f"{name}: {settings.drafter}, depth {settings.depth}" for name, settings in strategies(1).items())
    yield from (
        f"Greedy, prompt of 128 tokens, {effort.tokens} new ones, {effort.repeats} repetitions in turns in one "
        "process. The dial pair has **random weights**: its output means nothing, only its cost and its acceptance do. "
        "P counts drafted nodes, the root not; q counts every token of a pass. A ratio is taken in each repetition; "
        f"against assisted generation it is the fastest of its three settings in that repetition. {ways}. "
        f"{SAME_KERNELS}",
        "",
        *figures_table(figures),
        "",
        *tables,
        "### Near ties in 16 bits",
        "",
        "Greedy runs judged token by token by the plain target that is read one token at a time: exact, nearly tied "
        "(the gap to its logit is not larger than what a wider pass moves the difference of two logits by, or than a "
        "step of the dtype), or wrong. "
        "Moved by: the most that wider passes move it, plain or fast; bound: the most that rounding can, from the "
        "dtype alone. Beyond the bound the wider pass counts as faulty and nothing as tied.",
        "",
    )
    halves = [*(dial_subject(alpha, dtype="bfloat16") for alpha in effort.alphas), embedded_subject("bfloat16")]
    yield from equal.near_tie_table(halves, effort.tokens)


def _figures_of(subject: Subject, effort: Effort, tables: list[str]) -> Iterator[Figure]:
    """All rows of one pair; the table of its alternatives is added to `tables`."""
    yield from passes.figures(subject, 2 * effort.repeats)
    found = greedy.measure(subject, effort.tokens, effort.repeats)
    tables += [f"### {subject.name}: every alternative", "", *greedy.table(found), ""]
    yield from greedy.figures(found)
    yield from greedy.outside_rows(subject, effort.tokens, max(2, effort.repeats // 3))
    yield from greedy.record_row(subject, min(64, effort.tokens), max(2, effort.repeats // 2 + 1))
    yield from greedy.auto_rows(subject, effort.tokens, effort.repeats)
    _progress(subject.name)


def _on_device(effort: Effort, device: str) -> Iterator[str]:
    """Shapes of real models with random weights, in bfloat16."""
    yield f"Shapes of public models with **random weights**: costs are theirs, the text means nothing. {SAME_KERNELS}"
    shapes = ("llama-1b",) if effort.repeats < 3 else ("llama-1b", "qwen2-1.5b", "llama-8b", "qwen3-8b")
    for shape in shapes:
        torch.cuda.reset_peak_memory_stats(device)
        subject = dial_subject(0.12, shape, device, "bfloat16")
        found = greedy.measure(subject, effort.tokens, max(2, effort.repeats // 2))
        yield from ("", f"### {subject.models.provenance.target}", "")
        yield from greedy.table(found)
        figures = [*greedy.figures(found), *greedy.record_row(subject, effort.tokens, max(2, effort.repeats // 2))]
        yield from ("", *figures_table(figures), "", f"{greedy.memory_note(device)}.", "")
        yield from equal.near_tie_table([subject], effort.tokens)
        _progress(shape)
        del subject, found
        torch.cuda.empty_cache()


def _progress(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what} done", file=sys.stderr, flush=True)
