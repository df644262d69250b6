"""Whole runs at temperature 0: the engine against transformers' greedy and assisted generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch

from benchmarks.dial import greedy_reference
from benchmarks.pairs import Subject, assisted_calls, greedy, plain, strategies, written
from benchmarks.report import Figure, Goal
from benchmarks.spent import Spent
from benchmarks.timing import Spread, Times, take_turns
from specviz.engine.decode import Run, cast_of, decode
from specviz.models.hf import HFSession
from specviz.records import RunSettings

GRID = (4, 5, 8, 12, 16, 32)
FINALISTS = 4  # of the grid, that are measured as often as the choice
GENERATE, PLAIN = "generate", "plain greedy"
WAYS = ("HF modules", "fast draft", "both fast")
GOALS = {  # (row, alpha) -> against generate, against the best of three assisted
    (6, 0.12): (Goal(least=1.2), Goal(least=1.0)),
    (7, 0.12): (Goal(least=1.35), Goal(least=1.15)),
    (8, 0.12): (Goal(least=1.5), None),
    (8, 0.06): (Goal(least=2.0), None),
}


def ways_of(subject: Subject) -> dict[str, Any]:
    """The pair as Hugging Face modules, with a fast draft model, with both fast."""
    return dict(zip(WAYS, (subject.models, subject.fast_draft, subject.fast), strict=True))


@dataclass(frozen=True)
class Greedy:
    """What the runs of one pair took, and how many wrote other tokens than generate (16 bits may part in ties)."""

    subject: Subject
    tokens: int
    times: Times
    parted: tuple[str, ...]
    per_pass: dict[str, float]

    @property
    def helped(self) -> list[str]:
        """Names of the assisted settings."""
        return [name for name in self.times.seconds if name.startswith("assisted")]


def measure(subject: Subject, tokens: int, repeats: int) -> Greedy:
    """All alternatives in turns; the prompt's own pass is part of each."""
    module = subject.models.target.module
    calls: dict[str, Callable[[], object]] = {
        GENERATE: lambda: greedy_reference(module, subject.prompt_ids, tokens),
        **assisted_calls(subject, tokens),
    }
    runs: dict[str, tuple[Any, RunSettings]] = {}
    for way, models in ways_of(subject).items():
        if way != "fast draft":
            runs[f"{PLAIN}, {way}"] = models, plain(tokens)
        for name, settings in strategies(tokens).items():
            runs[f"{name}, {way}"] = models, settings
    reference, parted, per_pass = greedy_reference(module, subject.prompt_ids, tokens), [], {}
    for name, (models, settings) in runs.items():
        passes = list(decode(cast_of(models, settings), settings, subject.prompt_ids, lean=True))
        emitted = [token for one in passes for token in one.emitted]
        per_pass[name] = len(emitted) / len(passes)
        if emitted != reference:
            parted.append(name)
        calls[name] = lambda models=models, settings=settings: written(models, settings, subject.prompt_ids, lean=True)
    return Greedy(subject, tokens, take_turns(calls, repeats), tuple(parted), per_pass)


def figures(found: Greedy) -> Iterator[Figure]:
    """Rows 1, 6, 7 and 8 for one pair; each way also against plain greedy in the same way, the same kernels."""
    times, name, alpha = found.times, found.subject.name, found.subject.alpha
    speed = found.tokens / times.spread(GENERATE).median
    yield Figure(
        1, "plain greedy against generate, HF modules", name, times.gain(f"{PLAIN}, {WAYS[0]}", GENERATE),
        Goal(least=0.97), f"generate: {speed:.0f} tokens/s",
    )  # fmt: skip
    for row, way in zip((6, 7, 8), WAYS, strict=True):
        best = times.best([f"{strategy}, {way}" for strategy in strategies(1)])
        goals = GOALS.get((row, alpha or 0.0), (None, None))
        note = f"{best.partition(',')[0]}, {found.per_pass[best]:.1f} tokens per pass"
        for against, others, goal in zip(("generate", "best assisted"), ([GENERATE], found.helped), goals, strict=True):
            yield Figure(row, f"best strategy against {against}, {way}", name, times.gain(best, *others), goal, note)
            note = ""
        same = f"{PLAIN}, {WAYS[0] if way == 'fast draft' else way}"  # it has no draft model that could be fast
        yield Figure(row, f"best strategy against plain greedy in the same way, {way}", name, times.gain(best, same))


def table(found: Greedy) -> Iterator[str]:
    """Every alternative of one pair."""
    yield "| alternative | tokens per pass | tokens/s | times generate | times best assisted |"
    yield "|---|---:|---:|---|---|"
    for name in found.times.seconds:
        speed = found.tokens / found.times.spread(name).median
        gains = [found.times.gain(name, *others).text() for others in ([GENERATE], found.helped)]
        passes = f"{found.per_pass[name]:.2f}" if name in found.per_pass else "-"
        yield f"| {name} | {passes} | {speed:.0f} | {' | '.join(gains)} |"
    if found.parted:
        yield f"\nOther tokens than generate's were written by: {'; '.join(found.parted)}."


def outside_rows(subject: Subject, tokens: int, repeats: int) -> Iterator[Figure]:
    """Row 5: the share of the time that is not spent in forward passes, the prompt's pass included."""
    for way, models in ways_of(subject).items():
        if way == "fast draft":
            continue
        goal = Goal(most=8) if way == WAYS[0] else None
        for name, settings in strategies(tokens).items():
            if name != "tree P=7":
                shares = Spread.of(np.array([_outside(models, settings, subject) for _ in range(repeats)]))
                what = f"share outside forward passes, {name}, {way}, %"
                yield Figure(5, what, subject.name, shares, goal, digits=1)
    least = Spread.of(np.array([_assisted_outside(subject, tokens) for _ in range(repeats)]))
    yield Figure(5, "the same of assisted generation, its least of three, %", subject.name, least, digits=1)


def _outside(models: Any, settings: RunSettings, subject: Subject) -> float:
    return _share_outside(HFSession, "_forward", lambda: written(models, settings, subject.prompt_ids, lean=True))


def _assisted_outside(subject: Subject, tokens: int) -> float:
    module = type(subject.models.target.module)
    return min(_share_outside(module, "forward", call) for call in assisted_calls(subject, tokens).values())


def _share_outside(owner: type, forward: str, call: Callable[[], object]) -> float:
    """Percent of a call that is spent outside a method of a class."""
    spent = Spent()
    with spent.of(owner, forward, lambda *_: "forward"):
        spent.timed(call, lambda: "whole")()
    return 100 * (1 - spent.seconds["forward"] / spent.seconds["whole"])


def record_row(subject: Subject, tokens: int, repeats: int) -> Iterator[Figure]:
    """The full record against the lean one, at the settings that the explorer opens with and greedy."""
    for text, settings in (
        ("P = 32, temperature 0.7", RunSettings(max_new_tokens=tokens)),
        ("tree P=15, greedy", strategies(tokens)["tree P=15"]),
    ):
        models = subject.fast

        def call(lean: bool, models: Any = models, settings: RunSettings = settings) -> object:
            return written(models, settings, subject.prompt_ids, lean=lean)

        times = take_turns({"full": lambda call=call: call(False), "lean": lambda call=call: call(True)}, repeats)
        yield Figure(
            0, f"full record over lean, {text}, both fast", subject.name, times.ratio("full", "lean"), Goal(most=1.1)
        )


def auto_rows(subject: Subject, tokens: int, repeats: int) -> Iterator[Figure]:
    """Row 9: the P and depth that the product chooses by itself against the best of a grid of both, measured.

    The grid is run with half the tokens, twice; the best few of it then take turns with the choice.
    """
    from specviz.engine.probe.auto import choose, measured_rate
    from specviz.engine.probe.candidates import DEPTHS

    asked = greedy("best_first", "sample_and_look", 16, 8, tokens)
    chosen, forecast = choose(subject.fast, asked, subject.prompt)
    chosen = replace(chosen, max_new_tokens=tokens)
    grid = {
        f"P={capacity}, depth {depth}": replace(asked, capacity=capacity, depth=depth)
        for capacity, depth in product(GRID, DEPTHS)
        if depth <= capacity
    }
    short = {name: replace(one, max_new_tokens=max(1, tokens // 2)) for name, one in grid.items()}
    tried = take_turns(_runs(subject, short), 2, warm_up=0)
    finalists = sorted(grid, key=lambda name: float(np.median(tried.seconds[name])))[:FINALISTS]
    times = take_turns(_runs(subject, {name: grid[name] for name in finalists} | {"chosen": chosen}), repeats)
    best = times.best(finalists)
    note = f"{chosen.drafter} P={chosen.capacity}, depth {chosen.depth}; best of the grid: {best}"
    sizes = ", ".join(map(str, GRID))
    what = f"chosen P and depth against the best of a grid of {len(grid)} (P in {sizes}; depths {min(DEPTHS)} to "
    yield Figure(9, f"{what}{max(DEPTHS)}), both fast", subject.name, times.gain("chosen", best), Goal(least=0.92),
                 note)  # fmt: skip
    runs = [Run(subject.fast, chosen, subject.prompt) for _ in range(repeats)]
    measured = float(np.median([measured_rate(list(run)) for run in runs]))
    yield Figure(0, "tokens/s of the chosen settings, prompt and record not counted", subject.name, measured, None,
                 f"predicted {forecast.rate:.0f}", 0)  # fmt: skip


def _runs(subject: Subject, settings: dict[str, RunSettings]) -> dict[str, Callable[[], object]]:
    """A run of each, both models fast."""
    return {
        name: lambda one=one: written(subject.fast, one, subject.prompt_ids, lean=True)
        for name, one in settings.items()
    }


def memory_note(device: str) -> str:
    """Most memory that a device held."""
    if not device.startswith("cuda"):
        return ""
    return f"{torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB of the device at most"
