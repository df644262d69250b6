"""Sweeps on a real Ray: the rows of the local sweep, also when a worker is killed in the middle of a prompt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from specviz.engine.compare.comparison import Method
from specviz.engine.probe.prompts import Prompt
from specviz.engine.sweep import ray_driver
from specviz.engine.sweep.local import LocalSweep
from specviz.engine.sweep.plan import make_plan
from specviz.engine.sweep.ray_driver import MISSING, RayError, RaySweep
from specviz.engine.sweep.results import Results, begun
from specviz.models.pair import load_pair
from specviz.presets import preset_prompts
from specviz.records import RunSettings
from specviz.records.sweep_store import load_sweep

PROMPTS = [Prompt(str(place), kind, text) for place, (kind, text) in enumerate(preset_prompts())][:5]
TEXTS = [*(prompt.text for prompt in PROMPTS), " "]
METHODS = [Method.parse(text) for text in ("best_first+shared_race", "chain+shared_race", "chain+token")]
PLAN = make_plan(RunSettings(max_new_tokens=20), [*PROMPTS, Prompt("none", "own", " ")], METHODS, [3, 8], [1])


def test_a_killed_worker_changes_nothing(tmp_path):
    pytest.importorskip("ray", reason="Ray is an extra; CI installs it")
    path = tmp_path / "ray.parquet"
    sweep = RaySweep(PLAN, TEXTS, path, workers=2)
    killed = 0
    for step in sweep:
        if not killed:  # both workers have another prompt by now
            killed = sweep.hired[0].pid
            os.kill(killed, signal.SIGKILL)
        assert step.total == PLAN.total
    found = load_sweep(path)
    assert found.is_whole
    with pytest.raises(ProcessLookupError):
        os.kill(killed, 0)
    pair = load_pair("fable/target", "fable/draft")
    here = Results(PLAN, pair.provenance)
    list(LocalSweep(pair, TEXTS, here))
    assert [row.without_times() for row in found.rows] == [row.without_times() for row in here.sweep().rows]
    assert {row.error for row in found.failures} == {"The prompt is empty; write at least one word."}
    assert begun(path, PLAN) == found


def test_without_ray_there_is_a_sentence():
    """In a process of its own: a module that is missing once is not looked for again."""
    code = (
        "import sys; sys.modules['ray'] = None\nfrom specviz.cli import main\n"
        "sys.exit(main(['sweep', '--methods', 'chain+token', '--ray', 'local']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (2, f"specviz: {MISSING}\n")


def test_a_cluster_that_is_not_there(monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is an extra; CI installs it")

    def refuse(**how):
        raise ConnectionError("no answer\nfrom 203.0.113.1")

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(RayError, match=r"Ray could not be reached at 203.0.113.1:6379: from 203.0.113.1"):
        next(iter(RaySweep(PLAN, TEXTS, address="203.0.113.1:6379")))
    assert ray_driver.QUIET.items() <= dict(os.environ).items()
