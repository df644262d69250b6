"""Races that are run where the rows are: the arrivals that the host finds. The device here is the CPU itself."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from tiny import tiny_model

from specviz.chance import Ask, Sampled, race_at
from specviz.engine.decode import decode
from specviz.engine.guessers import Cast
from specviz.models import rows as device_rows
from specviz.models.rows import DeviceRows
from specviz.race import DRAFT
from specviz.records import Clocks, RunSettings, Warp

KINDS = {
    "shared": {"shared": True},
    "fresh in each round": {"shared": False},
    "three fields": {"shared": True, "lanes": 3},
    "no noise": {"shared": True, "noisy": False},
}


@pytest.fixture
def there(monkeypatch):
    """From now on the CPU counts as a device whose rows are not on the host."""
    return lambda: monkeypatch.setattr(device_rows, "RACES_ON_HOST", ("mps",))


def rows_of(vocabulary: int, warp: Warp = Warp(0.8), seed: int = 0) -> DeviceRows:  # noqa: B008 - a frozen value
    generator = torch.Generator().manual_seed(seed)
    rows = DeviceRows(warp)
    for nodes in (1, 4):
        rows.add(torch.randn(nodes, vocabulary, generator=generator) * 3)
    return rows


def raced(kind: str, seed: int, vocabulary: int, warp: Warp) -> tuple[list, list]:
    chance = Sampled(seed, 40, DRAFT, **KINDS[kind])
    rows, found = rows_of(vocabulary, warp, seed), []
    for lanes in ((None,), (0, 2) if kind == "three fields" else ()):  # all fields together, and single ones
        asks = [Ask(node, 10 + node, 41 + node // 2, 1 + node, lane) for node in range(5) for lane in lanes]
        found += race_at(chance, rows, asks)
    return found, [(d.node, d.token, d.law, d.outcome) for d in chance.draws]


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(("vocabulary", "seeds"), [(5, 30), (1024, 60), (32_000, 4), (152_064, 1)])
@pytest.mark.parametrize("warp", [Warp(0.8), Warp(1.0, 4, 0.9)], ids=str)
def test_the_same_tokens_arrive_first(there, kind, vocabulary, seeds, warp):
    host = [raced(kind, seed, vocabulary, warp) for seed in range(seeds)]
    there()
    assert [raced(kind, seed, vocabulary, warp) for seed in range(seeds)] == host


def test_arrivals_within_rounding_are_left_to_the_host(there):
    there()
    rows = DeviceRows(Warp())
    rows.add(torch.zeros(2, 40))
    rows.chunks[0][1, 7] = 5.0
    assert rows.arrivals([0, 1], [Clocks(3, (), 0)] * 2, 3) == [None, None]
    assert rows.arrivals([0], [Clocks(3, (0,), 0)], 3)[0] is not None
    assert rows.arrivals([1], [Clocks(3, (), 0)], 1)[0].ids.tolist() == [7]


def test_rows_on_the_host_are_raced_there():
    assert rows_of(50).arrivals([0, 3], [Clocks(1, (0,), 2)] * 2, 4) == [None, None]
    assert DeviceRows(Warp()).arrivals([], [], 1) == []


@pytest.mark.parametrize(
    ("drafter", "verifier"),
    [("race_tau_star", "shared_race"), ("iid_sequences", "shared_race"), ("static_wor", "shared_race"),
     ("gls", "gls"), ("sequoia", "shared_race"), ("race_tau_star", "sample_and_look"), ("chain", "shared_race")],
)  # fmt: skip
def test_runs_write_the_same_text_and_grow_the_same_trees(there, drafter, verifier):
    models = Cast(tiny_model(seed=0), tiny_model(seed=1))
    settings = RunSettings(
        drafter=drafter, verifier=verifier, temperature=0.8, capacity=12, drafts=3, depth=3, max_new_tokens=24
    )

    def run() -> list[tuple]:
        passes = decode(models, settings, [5, 9, 3, 44], frozenset())
        return [(i.emitted, i.tree.token.tolist(), i.tree.draft_prob.tolist()) for i in passes]

    on_host = run()
    there()
    assert run() == on_host


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("vocabulary", [1024, 32_000, 152_064])
def test_races_of_a_cuda_device(vocabulary):
    for seed in range(20):
        chance = Sampled(seed, 40, DRAFT, shared=True)
        logits = torch.randn(9, vocabulary, generator=torch.Generator().manual_seed(seed)) * 3
        rows = DeviceRows(Warp(0.8))
        rows.add(logits.cuda())
        asks = [Ask(node, node, 41, 16) for node in range(9)]
        for ask, drawn in zip(asks, race_at(chance, rows, asks), strict=True):
            assert drawn.tokens == chance.race(41, rows[ask.row], 16, ask.node)
            assert np.array_equal(drawn.probs, rows[ask.row][drawn.tokens])
