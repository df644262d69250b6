"""A study of rejections on a real pair: what was counted, and the sum of total variation distances that predicts it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, cast_of, check_fit, decode
from specviz.records import Iteration, RunSettings
from specviz.records.table import MeasuredTable
from specviz.verification import make_verifier

NAME = "rejections"


@dataclass(frozen=True)
class RejectionRun:
    """One run of a chain with one verifier.

    prompt: its number, from 0.  positions: those at which a draft token was examined; the closing token of a chain that
    was accepted whole, and a pass without a draft, are not among them.  rejections: how many examined tokens failed.
    distance: sum of TV(p, q) over those positions.  drafted: draft tokens, one draft pass each.
    surprisal: sum of -log p over the text, nats.  distances: TV(p, q) at each place of the text, None where nothing was
    examined.  rejected: places at which a token failed.  text: what was written.
    """

    kind: str
    prompt: int
    seed: int
    verifier: str
    positions: int
    rejections: int
    distance: float
    passes: int
    tokens: int
    drafted: int
    draft_seconds: float
    target_seconds: float
    surprisal: float
    distances: list[float | None]
    rejected: list[int]
    text: str


@dataclass
class RejectionStudy:
    """A study under way: iterate it for its progress, take its table at any time.

    Every run goes to its full length: an end-of-text token does not end it. Each prompt and repeat has a seed of its
    own, which the verifiers share. With the token rule, rejections minus distances is a martingale: whether a position
    is examined is known before its coin falls, and the coin fails with chance TV(p, q) [4].
    stop: asked between runs.
    """

    models: Models
    settings: RunSettings
    prompts: Sequence[tuple[str, str]]  # (kind, prompt)
    repeats: int
    verifiers: Sequence[str] = ("token", "block")
    stop: Callable[[], bool] = lambda: False
    runs: list[RejectionRun] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.repeats < 1 or not self.prompts or not self.verifiers:
            raise ValueError("A study of rejections needs at least one prompt, one verifier and one repeat.")
        if not 1 <= self.settings.depth <= self.settings.capacity:
            raise ValueError("A study of rejections needs a chain: a depth of 1 or more that the capacity can hold.")
        replace(self.settings, seed=self.settings.seed + self.repeats * len(self.prompts) - 1)  # the range check
        for verifier in self.verifiers:
            check_fit(make_drafter("chain"), make_verifier(verifier))
        self.ids = [self.models.encode(prompt) for _, prompt in self.prompts]

    @property
    def total(self) -> int:
        """Runs in all."""
        return self.repeats * len(self.prompts) * len(self.verifiers)

    def __iter__(self) -> Iterator[RejectionRun]:
        """Repeat by repeat, so that a study that is stopped has read all prompts about equally often."""
        for repeat in range(self.repeats):
            for prompt in range(len(self.prompts)):
                for verifier in self.verifiers:
                    if self.stop():
                        return
                    seed = self.settings.seed + repeat * len(self.prompts) + prompt
                    self.runs.append(self._run(prompt, seed, verifier))
                    yield self.runs[-1]

    def _run(self, prompt: int, seed: int, verifier: str) -> RejectionRun:
        began = time.perf_counter()
        settings = replace(self.settings, drafter="chain", verifier=verifier, seed=seed)
        steps = list(decode(cast_of(self.models, settings), settings, self.ids[prompt], lean=True))
        distances, rejected = examined(steps)
        known = [value for value in distances if value is not None]
        self.seconds += time.perf_counter() - began
        return RejectionRun(
            kind=self.prompts[prompt][0],
            prompt=prompt,
            seed=seed,
            verifier=verifier,
            positions=len(known),
            rejections=len(rejected),
            distance=sum(known),
            passes=len(steps),
            tokens=len(distances),
            drafted=sum(step.tree.size for step in steps),
            draft_seconds=sum(step.seconds.draft for step in steps),
            target_seconds=sum(step.seconds.target for step in steps),
            surprisal=float(sum(step.surprisal.sum() for step in steps)),
            distances=distances,
            rejected=rejected,
            text=self.models.decode([token for step in steps for token in step.emitted]),
        )

    def table(self) -> MeasuredTable:
        """What has been measured so far, one row for each run."""
        rows = [asdict(run) for run in self.runs]
        settings = self.settings.as_dict() | {"prompts": [prompt for _, prompt in self.prompts]}
        columns = {name: tuple(row[name] for row in rows) for name in RejectionRun.__dataclass_fields__}
        return MeasuredTable(NAME, columns, self.models.provenance, settings, self.seconds)


def examined(steps: Sequence[Iteration]) -> tuple[list[float | None], list[int]]:
    """TV(p, q) at each emitted token whose place a draft token was examined at, else None; and the places of failures.

    steps: passes of a chain, whole: nothing was cut off behind an end-of-text token.
    """
    distances: list[float | None] = []
    rejected: list[int] = []
    for step in steps:
        accepted, size = step.verdict.accepted, step.tree.size
        tested = min(accepted + 1, size)
        begin = len(distances)
        distances += np.maximum(1.0 - step.overlap[:tested], 0.0).round(5).tolist()
        if accepted < size:
            rejected.append(begin + accepted)
        distances += [None] * (len(step.emitted) - tested)
    return distances, rejected
