"""The costliest files that a stranger can have opened as a trace: seconds and memory of each, for docs/fuzz.md.

OMP_NUM_THREADS=1 python -m benchmarks.hostile_files
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specviz.records.files import TraceError
from specviz.records.store import load_trace

ROOT = Path(__file__).resolve().parents[1]
START = b'{"kind":"trace","schema":2,"x":'
Values = dict[str, Any]


def step(index: int, start: int, nodes: int, **others: Any) -> Values:
    """A pass with that many guesses below the root, none of them examined."""
    size = nodes + 1
    empty = {"ids": [[]] * size, "probs": [[]] * size, "below": [[]] * size, "tail": [0.5] * size}
    tree = {"token": [-1, *range(1, size)], "parent": [-1, *[0] * nodes], "rank": list(range(size)),
            "draft_prob": [0.5] * size, "sampling": "top", "drawn": []}  # fmt: skip
    verdict = {"state": [0, *[3] * nodes], "accept_prob": [None] * size, "path": [], "closing_token": 5,
               "closing_kind": "correction", "draws": others.pop("draws", [])}  # fmt: skip
    one = {key: [1.0] for key in ("entropy", "second_moment", "surprisal")}
    return {"index": index, "context_len": start + index, "tree": tree, "draft": empty, "target": empty,
            "verdict": verdict, "emitted": [5], "overlap": [0.5], "races": {}, "residuals": {},
            "seconds": dict.fromkeys(("draft", "target", "verify"), 0.1)} | one | others  # fmt: skip


def trace(passes: int, nodes: int, **others: Any) -> bytes:
    """A run of such passes."""
    values = json.loads(gzip.decompress((ROOT / "assets" / "traces" / "sum.json.gz").read_bytes()))
    values["settings"] |= {"max_new_tokens": 4096, "capacity": 1024}
    start = len(values["prompt_ids"])
    values |= {"vocabulary": 1_000_000, "iterations": [step(i, start, nodes, **others) for i in range(passes)]}
    return json.dumps(values, separators=(",", ":")).encode()


def wide_rows() -> Values:
    """One row of 1,000 ids, and three empty ones padded to it."""
    return {"ids": [[*range(1000)], [], [], []], "probs": [[0.0] * 1000, [], [], []], "tail": [0.0] * 4}


def at_each_node(values: Values) -> Values:
    return {str(node): values for node in range(1024)}


RESIDUAL = {"ids": [[1, 2]], "probs": [[0.1, 0.2]], "below": [[0.1, 0.2]], "tail": [0.1]}
RACE = {"ids": [1, 2, 3]} | {key: [0.1, 0.2, 0.3] for key in ("draft_rate", "target_rate", "clock")}
FILES: dict[str, Callable[[], bytes]] = {
    "11.9 million numbers": lambda: START + b"[" + b"1.5," * 11_900_000 + b"1]}",
    "3.4 million names": lambda: START + b"{" + b",".join(b'"%x":1.5' % i for i in range(3_400_000)) + b"}}",
    "3 million lists and 9 million numbers": lambda: START + b"[" + b"[]," * 2_999_000 + b"1.5," * 8_900_000 + b"1]}",
    "4 million texts": lambda: START + b"[" + b",".join(b'"%07x"' % i for i in range(3_990_000)) + b"]}",
    "15,000 numbers of 4,300 digits": lambda: START + b"[" + (b"9" * 4300 + b",") * 15_000 + b"1]}",
    "a gzip bomb of 1.3 GB": lambda: gzip.compress(bytes(1_300_000_000)),
    "a million gzip members": lambda: gzip.compress(b"{}") * 1_000_000,
    "5 million objects in one another": lambda: b'{"a":' * 5_000_000,
    "a run of 4,096 passes and 197,000 nodes": lambda: trace(4096, 47),
    "a run of 195 passes of 1,023 nodes": lambda: trace(195, 1023),
    "a run whose rows are padded to 15.6 million ids": lambda: trace(3900, 3, target=wide_rows()),
    "a run of 392,000 draws": lambda: trace(8, 3, draws=[["pick", 0, 1, 0.5, 0.5, False]] * 49_000),
    "a run with 99,000 tables of residuals": lambda: trace(97, 1023, residuals=at_each_node(RESIDUAL)),
    "a run with 99,000 races": lambda: trace(97, 1023, races=at_each_node(RACE)),
}


def opened(path: Path) -> str:
    """Processor seconds, the most memory that the process had, and what was said."""
    began = time.process_time()
    try:
        said = f"opened, {len(load_trace(path).iterations)} passes"
    except TraceError as error:
        said = str(error)
    spent = time.process_time() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return f"{path.stat().st_size / 1e6:.1f} | {spent:.1f} | {most:.0f} | {said}"


def main() -> None:
    """Each file made and opened in processes of their own: a process starts with the most memory of its parent."""
    print("| file | MB | processor seconds | most memory, MB | what was said |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "file.json.gz")
        for name in FILES:
            _child("make", name, path)
            print(f"| {name} | {_child('open', name, path)} |", flush=True)


def _child(*words: str) -> str:
    command = [sys.executable, "-m", "benchmarks.hostile_files", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        main()
    elif sys.argv[1] == "make":
        Path(sys.argv[3]).write_bytes(FILES[sys.argv[2]]())
    else:
        print(opened(Path(sys.argv[3])))
