"""Where the time of a run goes: forward passes, the drafter, the verifier, the record, the caches.

Nothing of the engine knows of this: what is timed is wrapped for the length of a `with`.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, cast_of, decode
from specviz.models.hf import HFModel, HFSession
from specviz.records import Iteration, RunSettings
from specviz.verification import make_verifier

PARTS = (
    "draft forward passes",
    "the drafter's own work",
    "target forward pass",
    "around the target pass",
    "deciding",
    "recording",
    "committing",
    "rest",
)


class Spent:
    """Seconds by name; each is the whole time of a call, calls inside it included."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, call: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """The same call, clocked under `name(*its arguments)`."""

        def wrapped(*args: Any, **options: Any) -> Any:
            began = clock()
            try:
                return call(*args, **options)
            finally:
                wait()
                self.seconds[name(*args)] += clock() - began

        return wrapped

    @contextmanager
    def of(self, owner: Any, attribute: str, name: Callable[..., str]) -> Iterator[None]:
        """Clock an attribute of a class or module."""
        before = owner.__dict__[attribute]
        setattr(owner, attribute, self.timed(before, name))
        try:
            yield
        finally:
            setattr(owner, attribute, before)


def on_one_thread() -> bool:
    """Whether all computing is done by one thread of this process."""
    return torch.get_num_threads() == 1 and not torch.cuda.is_initialized()


def clock() -> float:
    """Seconds: processor time where one thread computes, which other programs hardly change; else the wall's."""
    return time.process_time() if on_one_thread() else time.perf_counter()


def wait() -> None:
    """Until a device has done what it was asked."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


@contextmanager
def watched(models: Models, settings: RunSettings) -> Iterator[Spent]:
    """Clock the parts of every run made inside, and of no other at the same time."""
    spent, target = Spent(), models.target

    def side(session: HFSession) -> str:
        return "target" if session.model is target else "draft"

    with ExitStack() as stack:
        watch = stack.enter_context
        watch(spent.of(HFSession, "_forward", lambda session, *_: f"{side(session)} forward"))
        watch(spent.of(HFSession, "feed", lambda session, *_: f"{side(session)} feed"))
        watch(spent.of(HFSession, "commit", lambda *_: "commit"))
        watch(spent.of(HFModel, "open", lambda *_: "open"))
        watch(spent.of(sys.modules[decode.__module__], "iterate", lambda *_: "iterate"))
        for made, method in ((make_drafter(settings.drafter), "grow"), (make_verifier(settings.verifier), "verify")):
            owner = next(c for c in type(made).__mro__ if method in c.__dict__)
            watch(spent.of(owner, method, lambda *_, method=method: method))
        yield spent


def iterations_of(
    models: Models, settings: RunSettings, prompt_ids: list[int], **options: Any
) -> Iterator[tuple[Iteration, float]]:
    """The passes of a run, each with its seconds."""
    began = clock()
    for iteration in decode(cast_of(models, settings), settings, prompt_ids, **options):
        yield iteration, clock() - began
        began = clock()


def parts_of_iterations(models: Models, settings: RunSettings, prompt: str) -> tuple[list[dict[str, float]], float]:
    """Milliseconds of each part of each iteration but the first two, which read the prompt; tokens per iteration.

    Passes that a drafter makes of the target itself are counted as the target's.
    """
    rows: list[dict[str, float]] = []
    tokens = 0
    with watched(models, settings) as spent:
        for number, (iteration, whole) in enumerate(iterations_of(models, settings, models.encode(prompt))):
            if number >= 2:
                rows.append(_parts(spent.seconds, whole))
                tokens += len(iteration.emitted)
            spent.seconds.clear()
    return rows, tokens / max(1, len(rows))


def _parts(seconds: dict[str, float], whole: float) -> dict[str, float]:
    s = seconds
    parts = (
        s["draft forward"],
        s["grow"] - s["draft forward"],
        s["target forward"],
        s["target feed"] - s["target forward"],
        s["verify"],
        s["iterate"] - s["grow"] - s["target feed"] - s["verify"] - s["commit"],
        s["commit"],
        whole - s["iterate"],
    )
    return {name: 1000 * part for name, part in zip(PARTS, parts, strict=True)}
