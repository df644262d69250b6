"""What the player draws: one sentence for every node, visible text, layout, and sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from specviz.drafting import DRAFTERS
from specviz.engine.decode import Run, finish
from specviz.figures.labels import short, visible
from specviz.figures.player.layout import leaf_layout
from specviz.figures.player.payload import node_table, player_payload
from specviz.models.table import TableModel
from specviz.records import Provenance, RunSettings
from specviz.records.store import load_trace
from specviz.verification import VERIFIERS, why_not

TRACES = sorted((Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz"))


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_every_node_has_its_reason(path):
    trace = load_trace(path)
    payload = player_payload(trace)
    json.dumps(payload, allow_nan=False)
    assert "".join(t["t"] for t in payload["tokens"]).strip("\u2423")
    for item, step in zip(payload["iterations"], trace.iterations, strict=True):
        assert [n["parent"] for n in item["nodes"]] == step.tree.parent.tolist()
        for node in item["nodes"][1:]:
            why = payload["says"][node["why"]]
            assert why.endswith(".")
            assert (node["s"] == "accepted") == why.endswith("accepted.") or node["s"] == "unseen"
        assert item["closing"]["why"].endswith(".")
        assert len(json.dumps(item)) < 10 * 1024
    assert len(json.dumps(payload)) < 400_000


def test_the_table_twin_has_the_same_rows():
    trace = load_trace(TRACES[0])
    step = trace.iterations[0]
    rows = node_table(step, trace.texts)
    assert [row["node"] for row in rows] == list(range(1, step.tree.size + 1))
    assert {row["outcome"] for row in rows} <= {"accepted", "rejected", "unseen"}


def test_a_slice_keeps_all_tokens():
    trace = load_trace(TRACES[0])
    payload = player_payload(trace, first=len(trace.iterations) - 1)
    assert len(payload["iterations"]) == 1
    assert len(payload["tokens"]) == len(trace.emitted)


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" the", "\u2423the"), ("\n", "\u23ce"), ("  ", "\u2423\u2423"), ("", "\u2205"), ("a\x00", "a<0x00>"),
     ("\u202e", "<0x202E>"), ("<b>", "<b>"), ("\t.", "\u21e5."), ("a b", "a b")],
)  # fmt: skip
def test_nothing_is_invisible(text, shown):
    assert visible(text) == shown


def test_short_text_has_an_ellipsis():
    assert short("abcdefghijklmnop", 6) == "abcde\u2026"


def test_layout_separates_leaves_and_centres_parents():
    rows = leaf_layout([[1, 2], [3, 4], [], [], []])
    assert rows.tolist() == [1.25, 0.5, 2, 0, 1]


def test_a_thousand_nodes_are_laid_out_apart():
    rng = np.random.default_rng(0)
    children: list[list[int]] = [[] for _ in range(1025)]
    for node in range(1, 1025):
        children[int(rng.integers(0, node))].append(node)
    rows = leaf_layout(children)
    leaves = [rows[i] for i in range(1025) if not children[i]]
    assert len(set(leaves)) == len(leaves)


class Texts:
    """A toy pair as the engine sees it."""

    stop_ids: frozenset[int] = frozenset()
    provenance = Provenance("toy", "toy", "cpu", "exact", ())

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        laws = {part: rng.dirichlet(np.full(6, 0.7), 6) for part in ("target", "shallow", "draft", "middle")}
        rows = {part: (lambda text, table=table: table[text[-1]]) for part, table in laws.items()}
        self.target = TableModel(rows["target"], 6, shallow=rows["shallow"])
        self.draft, self._middle = TableModel(rows["draft"], 6), TableModel(rows["middle"], 6)

    def middle(self, name: str) -> TableModel:
        return self._middle

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return [0, 1, 0]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(str, ids))

    def texts(self, ids: set[int]) -> dict[int, str]:
        return {i: str(i) for i in ids}


@pytest.mark.parametrize("verifier", [v.name for v in VERIFIERS.all()])
def test_the_reason_agrees_with_the_fate_for_every_pair(verifier):
    """Of every guess of every method: what is said of it is what happened to it."""
    models = Texts()
    for drafter in DRAFTERS.all():
        if why_not(drafter, VERIFIERS.get(verifier)) is not None:
            continue
        for seed in range(3):
            settings = RunSettings(
                drafter=drafter.name, verifier=verifier, temperature=1.0, capacity=9, drafts=3, depth=3,
                max_new_tokens=12, seed=seed,
            )  # fmt: skip
            trace = finish(Run(models, settings, "x"))
            payload = player_payload(trace)
            for item, step in zip(payload["iterations"], trace.iterations, strict=True):
                for node in item["nodes"][1:]:
                    why = payload["says"][node["why"]]
                    last_word = why.rstrip(".").split()[-1]
                    if node["s"] in ("accepted", "rejected"):
                        assert last_word == node["s"], (drafter.name, why)
                    else:
                        assert last_word not in ("accepted", "rejected"), (drafter.name, why)
                assert step.emitted
                trials_agree(item)


def trials_agree(item):
    """What the trials tell is what happened: won coins and hits are accepted, lost ones rejected, in their order."""
    nodes = item["nodes"]
    for at, trials in item["trials"].items():
        won = [t for t in trials if t["k"] == "coin" and t["ok"]]
        assert all(nodes[t["n"]]["parent"] == int(at) for t in trials if t["n"] is not None)
        assert all(nodes[t["n"]]["s"] == "accepted" for t in won if t["n"] is not None)
        assert all(t["u"] < t["law"] for t in won)
        assert all(t["u"] >= t["law"] for t in trials if t["k"] == "coin" and not t["ok"])
        assert all(nodes[t["n"]]["s"] == "rejected" for t in trials if t["k"] == "none")
        for trial in trials:
            for _, before, after in trial.get("left", []):
                assert all(value is None or 0 <= value <= 1 for value in (before, after))
            for _, start, width, _ in trial.get("spans", []):
                assert 0 <= start <= start + width < 1.001
            if trial["k"] == "clock":
                times = [time for _, time, _ in trial.get("field", [])]
                assert times == sorted(times)
        coins = [t["n"] for t in trials if t["k"] == "coin"]
        for number, node in enumerate(nodes):
            if node["parent"] == int(at):
                assert node.get("o", []) == [place for place, one in enumerate(coins, 1) if one == number]
