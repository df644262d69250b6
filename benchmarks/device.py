"""What an iteration costs beyond its target pass, on a device.

    python -m benchmarks.device [--device cuda] [--tiny]

Dial pairs with random weights: they cost what trained models of their shape cost, and their text means nothing. An
iteration drafts a tree of P nodes, checks it in one target pass and commits; after each comes one pass of the same
target, in the same way, over the same number of positions above a context of the same length, and a ratio is taken of
these two. Needs no page library.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from benchmarks.pairs import Subject, dial_subject
from benchmarks.passes import Past, binary
from benchmarks.report import environment
from benchmarks.spent import clock, iterations_of, wait
from benchmarks.timing import Spread
from specviz.records import RunSettings

LARGE = ("llama-1b", "llama-8b", "qwen2-1.5b", "qwen3-8b")
CAPACITIES = (16, 64, 256)
DEPTH, ALPHA = 4, 0.12
SKIPPED = 3  # iterations of each run that read the prompt and capture graphs
HEAD = (
    "| pair | target, draft run as | strategy | P | tokens an iteration | one target pass, ms | iteration, ms "
    "| iteration over pass | 10 to 90 % | peak memory, GiB |",
    "|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
)
STRATEGIES = {
    "best first, greedy": RunSettings(drafter="best_first", verifier="sample_and_look", temperature=0.0),
    "shared race": RunSettings(drafter="race_tau_star", verifier="shared_race", temperature=0.8),
    "without replacement": RunSettings(drafter="static_wor", verifier="recursive_rejection_wor", temperature=0.8),
}


@dataclass(frozen=True)
class Cost:
    """Seconds of each iteration and of the target pass after it, and tokens that an iteration wrote."""

    passes: np.ndarray
    iterations: np.ndarray
    tokens: float

    @property
    def ratio(self) -> Spread:
        """Iteration over target pass, each with its own."""
        return Spread.of(self.iterations / self.passes)


def cost(subject: Subject, settings: RunSettings, iterations: int) -> Cost:
    """Iterations with a lean record, in turns with passes over as many positions: the root and P nodes."""
    models = subject.fast
    past = Past(models.target, len(subject.prompt_ids))
    rows = []
    for iteration, spent in iterations_of(models, settings, subject.prompt_ids, lean=True):
        late = _seconds(wait)  # what the iteration left to the device
        alone = _seconds(past.passing(binary(settings.capacity)))
        rows.append((alone, spent + late, len(iteration.emitted)))
        _extend(past, len(iteration.emitted))
        if len(rows) == SKIPPED + iterations:
            break
    passes, whole, tokens = np.array(rows[SKIPPED:], np.float64).T
    return Cost(passes, whole, float(tokens.mean()))


def _seconds(call: Callable[[], object]) -> float:
    began = clock()
    call()
    wait()
    return clock() - began


def _extend(past: Past, count: int) -> None:
    """As many tokens more in the cache."""
    mask = np.ones((count, past.past + count), bool)
    mask[:, past.past :] = np.tril(mask[:, past.past :])
    positions = np.arange(past.past, past.past + count)
    with torch.inference_mode():
        past.model.forward(list(range(1, count + 1)), mask, positions, past.cache, 1)
    past.past += count
    wait()


def report(quick: bool, device: str) -> Iterator[str]:
    """A row for each pair, strategy and capacity."""
    large = device.startswith("cuda")
    yield "Random weights (dial pairs): times are those of the shapes, the text means nothing. Goal of the ratio: 1.25."
    yield ""
    yield from HEAD
    for shape in LARGE if large else ("small",):
        yield from _rows(shape, device, "bfloat16" if large else "float32", 5 if quick else 40)


def _rows(shape: str, device: str, dtype: str, iterations: int) -> Iterator[str]:
    subject = dial_subject(ALPHA, shape, device, dtype)
    for name, strategy in STRATEGIES.items():
        for capacity in CAPACITIES:
            room = (DEPTH + 1) * (iterations + SKIPPED + 1)
            settings = replace(strategy, capacity=capacity, depth=DEPTH, max_new_tokens=room)
            if device.startswith("cuda"):
                torch.cuda.reset_peak_memory_stats(device)
            found = cost(subject, settings, iterations)
            peak = torch.cuda.max_memory_allocated(device) / 2**30 if device.startswith("cuda") else float("nan")
            yield _row(subject, name, capacity, found, peak)
    del subject
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def _row(subject: Subject, name: str, capacity: int, found: Cost, peak: float) -> str:
    paths = f"{subject.fast.target.path}; {subject.fast.draft.path}"
    ratio = found.ratio
    cells = (
        subject.name, paths, name, f"{capacity}", f"{found.tokens:.2f}", f"{1000 * np.median(found.passes):.2f}",
        f"{1000 * np.median(found.iterations):.2f}", f"{ratio.median:.2f}", f"{ratio.low:.2f} to {ratio.high:.2f}",
        "" if np.isnan(peak) else f"{peak:.1f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the environment and the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__.partition("\n")[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda or cuda:1")
    parser.add_argument("--tiny", action="store_true", help="the small pair on the CPU: shows that it runs")
    options = parser.parse_args()
    device = "cpu" if options.tiny else options.device
    for line in (*environment(device), "", *report(options.tiny, device)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
