"""Many prompts: one method beside plain decoding on each of them, and what tells the kinds of prompt apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run, cast_of, check_fit
from specviz.engine.probe.prompts import Prompt
from specviz.engine.probe.reading import overlap_along
from specviz.records import Iteration, MeasuredTable, RunSettings
from specviz.theory import Estimate, bootstrap_quotient, bootstrap_ratio
from specviz.verification import make_verifier

CLOSE = 0.03  # acceptance rates nearer than this are called alike
ALIKE = 0.15  # nats; entropies nearer than this are called alike


@dataclass(frozen=True)
class Surveyed:
    """How far a survey is: passes made, prompts done of all, and what is under way."""

    passes: int
    done: int
    total: int
    label: str


@dataclass
class Survey:
    """A survey under way: iterate it for its progress, take the table at any time; half a prompt is not kept.

    stop: asked between passes.
    """

    models: Models
    settings: RunSettings
    prompts: Sequence[Prompt]
    stop: Callable[[], bool] = lambda: False
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.prompts:
            raise ValueError("There is no prompt to run.")
        check_fit(make_drafter(self.settings.drafter), make_verifier(self.settings.verifier))
        self.began = time.perf_counter()

    def __iter__(self) -> Iterator[Surveyed]:
        cast_of(self.models, self.settings)  # loads a middle model, before anything is measured
        passes = 0
        for number, prompt in enumerate(self.prompts):
            try:
                runs = self._runs(prompt, replace(self.settings, seed=self.settings.seed + number))
            except ValueError as error:
                self.notes.append(f"Prompt {prompt.name} was left out: {error}")
                continue
            # Whoever comes second finds a warm machine; they take turns.
            for part, run in runs if number % 2 else runs[::-1]:
                for _ in run:
                    passes += 1
                    yield Surveyed(passes, number, len(self.prompts), f"prompt {prompt.name}, {part}")
                if self.stop():
                    return
            method, plain = (run for _, run in runs)
            self.rows.append(_row(self.models, prompt, method, plain))

    def _runs(self, prompt: Prompt, settings: RunSettings) -> list[tuple[str, Run]]:
        return [
            ("drafting", Run(self.models, settings, prompt.text, self.stop)),
            ("plain decoding", Run(self.models, plain(settings), prompt.text, self.stop)),
        ]

    def table(self) -> MeasuredTable | None:
        """What was measured so far; None before the first whole prompt."""
        if not self.rows:
            return None
        columns = {name: tuple(row[name] for row in self.rows) for name in self.rows[0]}
        spent = time.perf_counter() - self.began
        return MeasuredTable(
            "probe", columns, self.models.provenance, self.settings.as_dict(), spent, " ".join(self.notes)
        )


def plain(settings: RunSettings) -> RunSettings:
    """Plain decoding with the same prompt, length and randomness, and no draft model that is kept up to date for it."""
    return replace(settings, drafter="prompt_lookup", verifier="sample_and_look", capacity=0)


def seconds_of(steps: Sequence[Iteration]) -> float:
    """Time of drafting, checking and deciding; making the record is not counted."""
    return sum(step.seconds.total for step in steps)


def settled(steps: Sequence[Iteration]) -> Sequence[Iteration]:
    """The passes but for the first, which reads the prompt too and which no forecast is about; it alone if alone."""
    return steps[1:] or steps


def _row(models: Models, prompt: Prompt, method: Run, alone: Run) -> dict[str, Any]:
    """Moments and overlap are taken along both texts: each was written by the target's own law."""
    texts = [[token for step in run.iterations for token in step.emitted] for run in (method, alone)]
    steps = [*method.iterations, *alone.iterations]
    warp = alone.settings.warp
    return {
        "kind": prompt.kind,
        "name": prompt.name,
        "prompt": prompt.text[:120],
        "tokens": len(texts[0]),
        "passes": len(method.iterations),
        "seconds": seconds_of(method.iterations),
        "plain_tokens": len(texts[1]),
        "plain_seconds": seconds_of(alone.iterations),
        "places": len(texts[0]) + len(texts[1]),
        "entropy": float(sum(step.entropy.sum() for step in steps)),
        "second_moment": float(sum(step.second_moment.sum() for step in steps)),
        "overlap": float(sum(overlap_along(models, alone.prompt_ids, text, warp).sum() for text in texts)),
    }


@dataclass(frozen=True)
class Kind:
    """One kind of prompt: every number is an estimate with a bootstrap over its prompts.

    speedup: plain seconds per token / method's.  tau: tokens per pass.  mu, mu2: nats, nats^2.  overlap: mean 1 - TV.
    """

    name: str
    count: int
    speedup: Estimate
    tau: Estimate
    mu: Estimate
    mu2: Estimate
    overlap: Estimate

    @classmethod
    def of(cls, name: str, rows: Sequence[dict[str, Any]]) -> Kind:
        """The estimates over these rows of a survey's table."""
        columns = {key: np.array([row[key] for row in rows], float) for key in rows[0] if key not in TEXT_COLUMNS}
        places = columns["places"]
        return cls(
            name=name,
            count=len(rows),
            speedup=bootstrap_quotient(
                (columns["seconds"], columns["tokens"]), (columns["plain_seconds"], columns["plain_tokens"])
            ),
            tau=bootstrap_ratio(columns["tokens"], columns["passes"]),
            mu=bootstrap_ratio(columns["entropy"], places),
            mu2=bootstrap_ratio(columns["second_moment"], places),
            overlap=bootstrap_ratio(columns["overlap"], places),
        )


TEXT_COLUMNS = ("kind", "name", "prompt")


def by_kind(table: MeasuredTable) -> list[Kind]:
    """One entry for each kind, the one that gains most first."""
    rows = table.rows()
    names = dict.fromkeys(row["kind"] for row in rows)
    kinds = [Kind.of(name, [row for row in rows if row["kind"] == name]) for name in names]
    return sorted(kinds, key=lambda kind: -kind.speedup.value)


def disparity(kinds: Sequence[Kind]) -> str:
    """Sentences: which kind gains least, whether that is more than noise, and what sets it apart.

    kinds: those that gain most first.
    """
    if len(kinds) < 2:
        return "There is one kind of prompt only; give categories (JSON lines) to compare kinds."
    most, least = kinds[0], kinds[-1]
    gains = (
        f"“{least.name}” gains least: {least.speedup.value:.2f} times plain decoding, "
        f"against {most.speedup.value:.2f} for “{most.name}”."
    )
    if most.speedup.value > most.tau.value:
        noise = (
            " A gain above the tokens per pass cannot be: something else kept this machine busy while plain decoding "
            "was timed; measure again."
        )
    elif least.count < 2 or most.count < 2:
        noise = " With one prompt of a kind nobody can tell whether that is chance; add more."
    elif least.speedup.high >= most.speedup.low:
        noise = " Their intervals overlap, so more prompts are needed to be sure of the order."
    else:
        noise = ""
    return f"{gains}{noise} {_difference(most, least)}"


def _difference(most: Kind, least: Kind) -> str:
    """What the text says about it: the draft model's agreement first, then how decided the target is."""
    agree = f"acceptance rate {least.overlap.value:.2f} against {most.overlap.value:.2f}"
    decided = f"entropy {least.mu.value:.2f} against {most.mu.value:.2f} nats"
    further = most.overlap.value - least.overlap.value > CLOSE
    unsure = least.mu.value - most.mu.value > ALIKE
    if further and unsure:
        return f"Its target is less decided ({decided}), and the draft model agrees with it less often ({agree})."
    if further:
        return f"Its target is no less decided ({decided}), but the draft model agrees with it less often ({agree})."
    if unsure:
        return (
            f"The draft model agrees about as often ({agree}), but the target is less decided ({decided}), "
            "so a tree covers less of what may come."
        )
    return f"Neither the target's entropy ({decided}) nor the agreement ({agree}) sets it apart: look at the times."
