"""Every benchmark in one command; the results go to docs/benchmarks.md.

    OMP_NUM_THREADS=1 python -m benchmarks [--only engine,theory] [--quick] [--device cuda] [--threads 1]

Nothing here passes or fails: a slow figure is a figure.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.report import environment

DOCS = Path(__file__).resolve().parents[1] / "docs"
OUT = DOCS / "benchmarks.md"
HEAD = """# Benchmarks

Written by `python -m benchmarks`; `--only` renews the named parts and leaves the others as they are. What is
compared takes turns in one process, unless a part says otherwise; a figure is the median, with the range of the middle
80 percent. Goals are not tests: "no" means
that this machine, with what else it did at that time, did not reach the goal.
"""
MARK = "<!-- part: {} -->"


@dataclass(frozen=True)
class Part:
    """A section of the document. lines: (quick, device) -> its text.  devices: where it makes sense."""

    title: str
    lines: Callable[[bool, str], Iterator[str]]
    devices: tuple[str, ...] = ("cpu",)


def _engine(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.engine import report

    yield from report(quick, device)


def _equal(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.equal import every

    found = every(32, 1, (0.12,)) if quick else every()
    runs = f"{len(found.cases)} greedy runs of {found.tokens} tokens"
    yield f"{found.share:.1f} % of {runs} wrote the tokens of transformers' generate (float32)."
    yield ""
    yield from found.table()


def _profile(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.profile import profile, read_before, table

    before = read_before()
    yield "One iteration of a run with its full record, temperature 0.7, best first, depth 8; medians."
    if before is not None:
        yield f"Left of the arrow: commit {before['commit']}, measured on {before['measured']}; right: now."
    yield ""
    yield from table(profile(1 if quick else 4), before)


def _theory(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.theory import table

    yield from table(3 if quick else 9)


def _device(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.device import report

    yield from report(quick, device)


def _verifiers(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.verifiers import main

    main()
    yield from _table_of(DOCS / "speed.md")


def _explorer(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.explorer import main

    main(2 if quick else 20)
    yield from _table_of(DOCS / "budgets.md")


def _stops(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.stops import report

    yield from report(quick)


def _kills(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.kills import report

    yield from report(quick)


def _soak(quick: bool, device: str) -> Iterator[str]:
    from benchmarks.soak import report

    yield from report(quick)


def _table_of(document: Path) -> Iterator[str]:
    """The tables of another document, which was written just now."""
    yield f"From `docs/{document.name}`."
    yield ""
    yield from (line for line in document.read_text().splitlines() if line.startswith("|"))


PARTS = {
    "engine": Part("Engine", _engine, ("cpu", "cuda")),
    "equal": Part("Equal tokens", _equal),
    "profile": Part("One iteration, before and after", _profile),
    "theory": Part("Theory against scipy", _theory),
    "verifiers": Part("Verifiers", _verifiers),
    "explorer": Part("Figures and pages", _explorer),
    "stops": Part("Stopping", _stops),
    "kills": Part("Killed servers", _kills),
    "soak": Part("Many browsers", _soak),
    "device": Part("Iteration over one forward pass", _device, ("cpu", "cuda")),
}


def wanted_parts(only: str | None, device: str) -> list[str]:
    """Names of the parts; ValueError, in one sentence, for a name that is none."""
    kind = device.partition(":")[0]
    names = [name.strip() for name in only.split(",")] if only else [n for n, p in PARTS.items() if kind in p.devices]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise ValueError(f"There is no part {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    return names


def renewed(document: str, sections: dict[str, str]) -> str:
    """The document with these sections, by key; sections that are there already keep their place."""
    found = re.split(r"(?m)^<!-- part: (\S+) -->\n", document)
    known = dict(zip(found[1::2], found[2::2], strict=True)) | sections
    return HEAD + "".join(f"\n{MARK.format(key)}\n{text.strip()}\n" for key, text in known.items())


def section(name: str, quick: bool, device: str) -> str:
    """One part with its environment; what goes wrong in it is told there and stops nothing."""
    part = PARTS[name]
    began = time.perf_counter()
    lines = []
    try:
        for line in part.lines(quick, device):
            print(line, flush=True)
            lines.append(line)
    except Exception as error:  # a part may need what this machine lacks: a browser, a package, memory
        traceback.print_exc()
        lines.append(f"\nNot finished: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    spent = f"- {time.perf_counter() - began:.0f} s" + (", quick run" if quick else "")
    where = f" on {device}" if device != "cpu" else ""
    return "\n".join([f"## {part.title}{where}", "", *environment(device), spent, "", *lines])


def main() -> int:
    """Run the parts that were asked for and renew their sections."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", help=f"parts, with commas: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few repetitions: shows that all runs, not how fast")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    try:
        names = wanted_parts(options.only, options.device)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print("There is no CUDA device here.", file=sys.stderr)
        return 2
    if os.environ.get("OMP_NUM_THREADS") != str(options.threads):
        print(f"For steady figures set OMP_NUM_THREADS={options.threads}.", file=sys.stderr)
    for name in names:
        torch.set_num_threads(options.threads)
        key = name if options.device == "cpu" else f"{name}-{options.device}"
        text = section(name, options.quick, options.device)
        old = options.out.read_text() if options.out.exists() else ""
        options.out.write_text(renewed(old, {key: text}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
