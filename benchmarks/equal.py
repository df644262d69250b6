"""Greedy tokens of every exact method against generate's: equal in float32, exact or nearly tied in 16 bits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from typing import Any

import torch

from benchmarks.dial import ALPHAS, greedy_reference
from benchmarks.pairs import Subject, dial_subject, greedy, strategies, written
from benchmarks.report import Figure, Goal
from specviz.drafting import DRAFTERS
from specviz.engine.compare.near_ties import near_ties
from specviz.verification import VERIFIERS, why_not

PROMPTS, TOKENS = 3, 512
CAPACITY, DRAFTS, DEPTH = 8, 3, 4
Method = tuple[str, str]
Case = tuple[float, int, str, str]  # alpha, prompt, drafter, verifier


def methods() -> list[Method]:
    """Every drafter with every exact verifier that can judge its trees."""
    pairs = product(DRAFTERS.all(), VERIFIERS.all())
    return [(d.name, v.name) for d, v in pairs if v.lossless and why_not(d, v) is None]


@dataclass(frozen=True)
class Equality:
    """tokens: in each run.  cases: (alpha, prompt, drafter, verifier).  places: where each parted; None: nowhere."""

    tokens: int
    cases: list[Case]
    places: list[int | None]

    @property
    def share(self) -> float:
        """Percent of the runs that wrote generate's tokens."""
        return 100 * sum(place is None for place in self.places) / max(1, len(self.places))

    def figure(self) -> Figure:
        """Row 10."""
        alphas = sorted({case[0] for case in self.cases})
        prompts, fitting = len({case[1] for case in self.cases}), len({case[2:] for case in self.cases})
        name = f"dial {', '.join(f'{alpha:g}' for alpha in alphas)}, {prompts} prompts"
        what = f"runs of {self.tokens} tokens equal to generate's, {fitting} pairs of drafter and verifier, float32, %"
        return Figure(10, what, name, self.share, Goal(least=100), f"{len(self.cases)} runs", 1)

    def table(self) -> Iterator[str]:
        """One row for each drafter."""
        yield "| drafter | verifiers | runs | equal | first difference |"
        yield "|---|---|---:|---:|---|"
        for drafter in sorted({case[2] for case in self.cases}):
            mine = [(c, p) for c, p in zip(self.cases, self.places, strict=True) if c[2] == drafter]
            names = ", ".join(sorted({case[3] for case, _ in mine}))
            bad = [f"{case[3]}, dial {case[0]:g}, prompt {case[1]}: token {p}" for case, p in mine if p is not None]
            yield f"| {drafter} | {names} | {len(mine)} | {len(mine) - len(bad)} | {'; '.join(bad) or '-'} |"


def check(subject: Subject, wanted: list[Method], tokens: int) -> list[int | None]:
    """Where each method first parts from generate."""
    expected = greedy_reference(subject.models.target.module, subject.prompt_ids, tokens)
    places: list[int | None] = []
    for drafter, verifier in wanted:
        settings = greedy(drafter, verifier, CAPACITY, DEPTH, tokens, DRAFTS)
        found = written(subject.fast, settings, subject.prompt_ids, lean=True)
        differ = [i for i, (x, y) in enumerate(zip(found, expected, strict=False)) if x != y]
        places.append(differ[0] if differ else None if len(found) == len(expected) else len(found))
    return places


def _checked(task: tuple[float, int, list[Method], int]) -> list[int | None]:
    """One process's share: a pair, a prompt, its methods."""
    torch.set_num_threads(1)
    alpha, prompt, wanted, tokens = task
    return check(dial_subject(alpha, prompt=prompt), wanted, tokens)


def every(tokens: int = TOKENS, prompts: int = PROMPTS, alphas: tuple[float, ...] = ALPHAS) -> Equality:
    """Every method at every alpha, each time on another prompt (a Latin square); one process for each core."""
    known = methods()
    tasks = [
        (alpha, prompt, [m for place, m in enumerate(known) if (place + row + prompt) % prompts == 0], tokens)
        for row, alpha in enumerate(alphas)
        for prompt in range(prompts)
    ]
    return _run(tasks, os.cpu_count() or 1)


def rotated(tokens: int) -> Equality:
    """Every method once, the alphas and prompts taking turns."""
    known, turns = methods(), list(product(ALPHAS, range(PROMPTS)))
    tasks = [(*turn, known[place :: len(turns)], tokens) for place, turn in enumerate(turns)]
    return _run(tasks, 1)


def _run(tasks: list[tuple[float, int, list[Method], int]], workers: int) -> Equality:
    cases = [(alpha, prompt, *method) for alpha, prompt, wanted, _ in tasks for method in wanted]
    places: list[int | None] = []
    if workers == 1:
        for task in tasks:
            places += check(dial_subject(task[0], prompt=task[1]), task[2], task[3])
        return Equality(tasks[0][3], cases, places)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for number, found in enumerate(pool.map(_checked, tasks), start=1):
            places += found
            print(f"equal tokens: {number} of {len(tasks)} shares done", file=sys.stderr, flush=True)
    return Equality(tasks[0][3], cases, places)


def near_tie_table(subjects: list[Subject], tokens: int) -> Iterator[str]:
    """Greedy runs in 16 bits, judged token by token by the plain target."""
    yield "| pair | dtype | strategy | exact, % | nearly tied, % | wrong, % | largest gap | moved by | bound |"
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|"
    for subject in subjects:
        fast: Any = subject.fast
        for name, settings in ((name, one) for name, one in strategies(tokens).items() if name != "tree P=7"):
            dtype = str(subject.models.target.module.dtype).removeprefix("torch.")
            text = written(fast, settings, subject.prompt_ids, lean=True)
            width = settings.capacity + 1
            found = near_ties(subject.models.target, subject.prompt_ids, text, dtype, width, fast.target)
            shares = " | ".join(f"{100 * share:.1f}" for share in (found.exact, found.near, found.wrong))
            cells = (f"{found.largest_gap:.2g}", f"{found.moved.max():.2g}", f"{found.bounds.max():.2g}")
            yield f"| {subject.name} | {dtype} | {name} | {shares} | {' | '.join(cells)} |"
