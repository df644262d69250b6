"""Output frequencies of a method against the target's law: many fresh passes from one context."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.chance import Sampled
from specviz.drafting import make_drafter
from specviz.engine.compare.memo import MemoSession, Path
from specviz.engine.compare.mutants import ForgetsTheResidual
from specviz.engine.decode import Models, cast_of, check_fit, decode
from specviz.engine.guessers import draft_warp, open_guesser
from specviz.engine.step import chance_of, round_limits
from specviz.race import DRAFT, PICK
from specviz.records import RunSettings
from specviz.records.check import CheckResult
from specviz.records.settings import MAX_SEED
from specviz.seams import Drafter, Guesser, Verifier
from specviz.theory.goodness import LEAST
from specviz.verification import make_verifier

FIRST_SEED = 1_000_000  # far from the seeds of runs, so that a check never repeats one
MOST_DRAWS = 20_000


def checked_verifier(spec: str) -> Verifier:
    """A verifier by its spec, the wrong one included; ValueError for an unknown name."""
    return ForgetsTheResidual() if spec == ForgetsTheResidual.name else make_verifier(spec)


@dataclass
class Check:
    """Draws of a method from one context: iterate it, stop it, and take its result at any time.

    position: tokens of the target's own text that stand between prompt and position.  tokens: 1 or 2 first tokens are
    counted.  Each draw has a seed of its own; each begins at the same context, whose laws are computed once.
    Raises ValueError where the method does not fit, or needs a middle model.
    """

    models: Models
    settings: RunSettings
    prompt: str
    position: int
    draws: int
    tokens: int = 1
    counts: Counter[Path] = field(default_factory=Counter)
    passes: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._drafter: Drafter = make_drafter(self.settings.drafter)
        self._verifier = checked_verifier(self.settings.verifier)
        check_fit(self._drafter, self._verifier)
        if self._drafter.guesser == Guesser.LAYERED:
            raise ValueError(f"The check knows no middle model; choose another strategy than {self._drafter.title}.")
        if not 1 <= self.draws <= MOST_DRAWS or self.tokens not in (1, 2) or self.position < 0:
            raise ValueError(f"A check needs 1 to {MOST_DRAWS:,} draws of 1 or 2 tokens, from position 0 on.")

    def __iter__(self) -> Iterator[int]:
        """After the context was read, and after every draw: how many there are."""
        yield from self._open()
        first = (FIRST_SEED + self.settings.seed * MOST_DRAWS) % MAX_SEED
        for number in range(self.draws):
            began = time.perf_counter()
            self.counts[self._draw((first + number) % MAX_SEED)] += 1
            self.seconds += time.perf_counter() - began
            yield number + 1

    def _open(self) -> Iterator[int]:
        """The target writes its own text up to the position; then both sessions stand there."""
        ids = self.models.encode(self.prompt)
        if self.position:
            plain = RunSettings(
                **self.settings.as_dict()
                | {"capacity": 0, "drafter": "chain", "verifier": "token", "max_new_tokens": self.position}
            )
            stop_ids = self.models.stop_ids
            for step in decode(cast_of(self.models, plain), plain, list(ids), stop_ids, lean=True):
                ids += [token for token in step.emitted if token not in stop_ids]
                yield 0
        cast = cast_of(self.models, self.settings)
        self._ids, self._room = ids, cast.context
        self._target = MemoSession(cast.target.open(ids, self.settings.warp))
        # An early exit lives on the cache of a whole model's session, so the guesser gets one of its own.
        above = cast.target.open(ids, self.settings.warp)
        warp = draft_warp(self.settings, self._drafter, self._verifier)
        guesser = open_guesser(cast, self._drafter, above, ids, warp)
        self._guesser = guesser if self._drafter.guesser == Guesser.CONTEXT else MemoSession(guesser)
        yield 0

    def _draw(self, seed: int) -> Path:
        """The first tokens of a fresh run from the context."""
        written: Path = ()
        while len(written) < self.tokens:
            written += self._pass(seed, self._target.length)
            self.passes += 1
            stop = next((i for i, token in enumerate(written) if token in self.models.stop_ids), None)
            if stop is not None:
                written = written[: stop + 1]
                break
        self._target.back()
        if isinstance(self._guesser, MemoSession):
            self._guesser.back()
        else:
            self._guesser.ids = list(self._ids)  # type: ignore[misc]  # the text alone has no model to go back in
        return written[: self.tokens]

    def _pass(self, seed: int, position: int) -> Path:
        """One pass as a run makes it; both sessions go on along what was written."""
        room = self._room - position
        if room < 1:
            raise ValueError("The context is full at this position; choose an earlier one or a shorter prompt.")
        own = replace(self.settings, seed=seed)
        limits = round_limits(own, room, self.models.stop_ids, None)
        chance = (Sampled(**chance_of(own, self._verifier, position, stream)) for stream in (DRAFT, PICK))
        tree, draft_rows = self._drafter.grow(self._guesser, next(chance), limits)
        target_rows = self._target.feed(tree.ids[1:], tree.parent[1:].tolist())
        verdict = self._verifier.verify(tree, target_rows, draft_rows, next(chance), position)
        emitted = (*(tree.ids[i] for i in verdict.path), int(verdict.closing_token))
        self._target.commit(emitted)
        self._guesser.commit(emitted)
        return emitted

    def result(self) -> CheckResult | None:
        """What was counted so far, or None before the first draw."""
        draws = sum(self.counts.values())
        if not draws:
            return None
        law = self._law(draws)
        for outcome in list(self.counts):
            law.setdefault(outcome, self._probability(outcome))
        outcomes = tuple(sorted(law, key=lambda path: (-law[path], path)))
        texts = self.models.texts({token for path in outcomes for token in path})
        return CheckResult(
            settings=self.settings,
            provenance=self.models.provenance,
            context=self.models.decode(self._ids),
            position=self.position,
            outcomes=tuple(tuple(texts[token] for token in path) for path in outcomes),
            law=tuple(law[path] for path in outcomes),
            counts=tuple(self.counts[path] for path in outcomes),
            draws=draws,
            passes=self.passes,
            seconds=self.seconds,
        )

    def _law(self, draws: int) -> dict[Path, float]:
        """Outcomes that are expected often enough to be judged, and the probable ones for the picture."""
        row = self._target.law(())
        ids = np.flatnonzero(draws * row >= LEAST)
        first: dict[Path, float] = {(int(i),): float(row[i]) for i in ids}
        if self.tokens == 1:
            return first
        law: dict[Path, float] = {}
        for path, prob in first.items():
            if path[0] in self.models.stop_ids:
                law[path] = prob
                continue
            below = self._target.law(path)
            law |= {(*path, int(i)): prob * float(below[i]) for i in np.flatnonzero(draws * prob * below >= LEAST)}
        return law

    def _probability(self, outcome: Path) -> float:
        prob = 1.0
        for place, token in enumerate(outcome):
            prob *= float(self._target.law(outcome[:place])[token])
        return prob
