"""Sweep prompts x strategies x capacities x seeds into one results file, here or on Ray."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

from specviz.cli.options import chat_option, load, model_options, sampling_options, settings_of
from specviz.engine.compare.comparison import Method
from specviz.engine.probe.prompts import Prompt
from specviz.engine.sweep.local import LocalSweep
from specviz.engine.sweep.plan import make_plan, prompts_of
from specviz.engine.sweep.ray_driver import LOCAL, RaySweep, import_ray
from specviz.engine.sweep.results import Progress, Results, begun
from specviz.metrics.sweep import (
    MEASURES,
    PER_PASS,
    PER_SECOND,
    MethodKey,
    disparity,
    estimates,
    method_keys,
    runs_table,
)
from specviz.presets import preset_prompts
from specviz.records.sweep import Sweep, SweepPlan
from specviz.records.sweep_store import load_sweep

MOST_SEEDS, MOST_WORKERS = 1000, 1024
CAPACITIES = "4,16,64"
EVERY = 2.0  # seconds between two lines of progress


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--prompts", type=Path, nargs="+",
        help=".jsonl files (an object a line with prompt, text, question or turns; perhaps id, and kind or category), "
        ".txt files and folders of them; without it the presets",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, help="only the first so many prompts of each file or folder")
    parser.add_argument(
        "--methods", required=True,
        help="drafter+verifier, with commas: best_first+shared_race,chain+token; with a P, or P and k, of its own: "
        "chain+token@8,sequoia+traversal@16x4",
    )  # fmt: skip
    parser.add_argument("--capacities", default=CAPACITIES, help=f"P, with commas; {CAPACITIES} is standard")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each prompt, with seeds from --seed upwards")
    parser.add_argument(
        "--out", type=Path, default=Path("sweep.parquet"),
        help="the results file; where it holds part of this very sweep, the rest is done",
    )  # fmt: skip
    parser.add_argument(
        "--separate",
        action="store_true",
        help="make every run by itself, so that all of them are timed; else runs that write the same text share it",
    )
    parser.add_argument("--ray", metavar="ADDRESS", help=f"do it on Ray: {LOCAL}, or the address of a cluster")
    parser.add_argument(
        "--workers", type=int, default=0, help="on Ray; one for each GPU, or for two cores, is standard"
    )
    parser.add_argument("--table", action="store_true", help="print what came out for each kind of prompt")
    model_options(parser)
    sampling_options(parser)
    chat_option(parser)


def run(parsed: argparse.Namespace) -> int:
    """Do what is left of the sweep, and say what came out."""
    plan, texts = _plan(parsed)
    before = begun(parsed.out, plan)
    began = time.monotonic()
    if before is None or not before.is_whole:
        if before is not None:
            print(f"{parsed.out} holds {len(before.rows):,} of {plan.total:,} runs already", file=sys.stderr)
        if _was_stopped(parsed, plan, texts, before):
            kept = len(load_sweep(parsed.out).rows) if parsed.out.exists() else 0
            print(
                f"stopped; {kept:,} of {plan.total:,} runs are in {parsed.out}, and the same command does the rest",
                file=sys.stderr,
            )
            return 130
    sweep = load_sweep(parsed.out)
    print(_summary(sweep, parsed.out, time.monotonic() - began))
    if parsed.table:
        print(_table(sweep))
    return 1 if len(sweep.failures) == len(sweep.rows) else 0


def _plan(parsed: argparse.Namespace) -> tuple[SweepPlan, list[str]]:
    """The plan and the texts of its prompts."""
    if parsed.limit is not None and parsed.limit < 1:
        raise ValueError(f"--limit must be at least 1; {parsed.limit} was given.")
    if not 1 <= parsed.seeds <= MOST_SEEDS:
        raise ValueError(f"--seeds must lie between 1 and {MOST_SEEDS}; {parsed.seeds} was given.")
    if not 0 <= parsed.workers <= MOST_WORKERS:
        raise ValueError(f"--workers must lie between 0 and {MOST_WORKERS}; {parsed.workers} was given.")
    if parsed.prompts is None:
        prompts = [Prompt(str(n), kind, text) for n, (kind, text) in enumerate(preset_prompts(), 1)][: parsed.limit]
    else:
        prompts, notes = prompts_of(parsed.prompts, parsed.limit)
        for note in notes:
            print(note, file=sys.stderr)
    # Commas also stand between the arguments of one method.
    methods = [Method.parse(text) for text in re.split(r",(?![^()]*\))", parsed.methods)]
    settings = settings_of(parsed)
    seeds = range(settings.seed, settings.seed + parsed.seeds)
    plan = make_plan(settings, prompts, methods, _numbers(parsed.capacities), seeds, parsed.separate)
    return plan, [prompt.text for prompt in prompts]


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"\d{1,4}", part) for part in parts):
        raise ValueError(f"--capacities are whole numbers with commas, such as {CAPACITIES}; not {text[:60]!r}.")
    return [int(part) for part in parts]


def _was_stopped(parsed: argparse.Namespace, plan: SweepPlan, texts: list[str], before: Sweep | None) -> bool:
    """Do it; whether Ctrl-C ended it."""
    try:
        if parsed.ray is None:
            pair = load(parsed)
            with _interrupts() as asked:
                _follow(LocalSweep(pair, texts, Results(plan, pair.provenance, parsed.out, before), stop=asked))
                return asked()
        import_ray()
        print(f"starting workers on Ray ({parsed.ray})", file=sys.stderr)
        _follow(
            RaySweep(
                plan, texts, parsed.out, before, parsed.ray, parsed.workers, device=parsed.device, dtype=parsed.dtype
            )
        )
    except KeyboardInterrupt:
        return True
    return False


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; the second time it ends the process at once.

    It is asked for between passes, because an exception in the middle of any call can be lost inside a library.
    """
    pressed = threading.Event()

    def press(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, usual)

    usual = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, usual)


def _follow(sweep: LocalSweep | RaySweep) -> None:
    """Progress and failures, line by line."""
    said = time.monotonic()
    steps: Iterator[Progress] = iter(sweep)
    with closing(steps):  # type: ignore[type-var]  # a generator, which saves when it is closed
        for step in steps:
            row = step.row
            if row is not None and row.failed:
                where = f"prompt {row.name} ({row.kind}), seed {row.seed}, {row.cell.label}"
                print(f"failed: {where}: {row.error}", file=sys.stderr)
            if time.monotonic() - said >= EVERY or (row is not None and step.done == step.total):
                said = time.monotonic()
                failed = f", {step.failures:,} failed" if step.failures else ""
                left = "" if step.seconds_left is None else f", {_duration(step.seconds_left)} left"
                print(f"{step.done:,}/{step.total:,} runs{failed}{left}", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _summary(sweep: Sweep, path: Path, seconds: float) -> str:
    (passes, needed), (grown, trees) = sweep.target_passes, sweep.trees
    return "\n".join(
        (
            f"{len(sweep.rows):,} runs in {path}, {len(sweep.failures):,} failed; {_duration(seconds)}",
            f"target passes made: {passes:,} of the {needed:,} that separate runs make{_saved(passes, needed)}",
            f"draft trees grown: {grown:,} of {trees:,}{_saved(grown, trees)}",
        )
    )


def _saved(made: int, needed: int) -> str:
    return f" ({1 - made / needed:.0%} saved by sharing)" if needed else ""


def _table(sweep: Sweep) -> str:
    """Tokens per pass by method, P and kind; how far kinds lie apart, and tokens per second where they were timed."""
    runs = runs_table(sweep, _names(sweep))
    if runs.empty:
        return "no run succeeded"
    lines = [f"{'method':<44} {'P':>5}  {'kind':<20} tokens per pass (95 %)"]
    for row in estimates(runs, ["method", "P", "kind"], MEASURES[PER_PASS]).itertuples():
        lines.append(f"{row.method:<44} {row.P:>5}  {row.kind:<20} {row.value:.3f} [{row.low:.3f}, {row.high:.3f}]")
    lines += ["", f"{'method':<44} {'P':>5}  all kinds, disparity (best kind - worst kind), tokens per second"]
    timed = {
        (r.method, r.P): f"{r.value:.1f}" for r in estimates(runs, ["method", "P"], MEASURES[PER_SECOND]).itertuples()
    }
    for row in disparity(runs, MEASURES[PER_PASS]).to_dict("records"):
        key = row["method"], row["P"]
        apart = f"{row['kinds apart']:.3f} ({row['best kind']} - {row['worst kind']})"
        lines.append(f"{key[0]:<44} {key[1]:>5}  {row['value']:.3f}, {apart}, {timed.get(key, 'not timed')}")
    return "\n".join(lines)


def _names(sweep: Sweep) -> dict[MethodKey, str]:
    """A name for each method; k is part of it where two differ in nothing else."""
    keys = method_keys(sweep)
    labels = [f"{drafter}+{verifier}" for drafter, verifier, _ in keys]
    return {
        key: label if labels.count(label) == 1 else f"{label}, k = {key[2]}"
        for key, label in zip(keys, labels, strict=True)
    }
