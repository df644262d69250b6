"""A sweep in this process, prompt by prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from specviz.engine.decode import Models
from specviz.engine.sweep.results import Progress, Results
from specviz.engine.sweep.work import PromptWork


@dataclass
class LocalSweep:
    """A sweep under way: iterate it for its progress, after every pass; its rows are in `results`.

    texts: of the plan's prompts.  stop: asked between passes. However it ends, what was done is saved.
    """

    models: Models
    texts: Sequence[str]
    results: Results
    stop: Callable[[], bool] = lambda: False

    def __iter__(self) -> Iterator[Progress]:
        results = self.results
        try:
            for number, seeds in results.left():
                for row in PromptWork(self.models, results.plan, number, self.texts[number]).rows(seeds):
                    if row is not None:
                        results.add(row)
                        results.save()
                    yield results.progress(row)
                    if self.stop():
                        return
        finally:
            results.save(now=True)
