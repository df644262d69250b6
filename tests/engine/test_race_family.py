"""Rounds of four shapes: exact where ranks are independent, and the same tree however it was made smaller."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from specviz.chance import Sampled
from specviz.cli import main
from specviz.engine.races.family import Context, FamilyStudy, contexts_of, grow
from specviz.engine.races.ranks import mean_ranks, rank_rows, rank_table
from specviz.engine.races.reading import counted_ranks, gap, over_texts, rank_means
from specviz.models.table import TableModel
from specviz.race import DRAFT, SHAPES, attempt_law, match_probability, rank_law, rank_shape
from specviz.records import Provenance, Warp
from specviz.records.laws_store import load_laws
from specviz.records.table_store import load_table, save_table

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3])
LAWS = load_laws(Path(__file__).parents[2] / "assets" / "laws" / "recorded.npz")
ACCEPTANCE = {"ERSD": rank_law(P, Q, 3, repeats=False), "GSD": attempt_law(P, Q, 16)}


@dataclass
class Toy:
    """Two models without memory: every position has the same two laws."""

    target: TableModel = field(default_factory=lambda: TableModel(lambda prefix: P, 3))
    draft: TableModel = field(default_factory=lambda: TableModel(lambda prefix: Q, 3))
    provenance: Provenance = field(default_factory=lambda: Provenance("p", "q", "cpu", "float64", ()))
    stop_ids: frozenset[int] = frozenset()

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return [0] * len(prompt)


def study(seeds: int, **more) -> FamilyStudy:
    contexts = [Context(text, "toy", (0,) * (3 + text)) for text in range(4)]
    return FamilyStudy(Toy(), contexts, 1.0, ACCEPTANCE, seeds, budgets=(1, 2, 4, 8), **more)


def test_without_memory_the_prediction_is_exact():
    rounds = study(250)
    assert list(rounds) == [1, 2, 3, 4]
    rows = rounds.table(LAWS).rows()
    assert len(rows) == 2 * len(SHAPES) * 4
    for row in rows:
        counts = np.ravel(rounds.accepted[row["rule"], row["shape"], row["k"]])
        assert len(counts) == 1000
        error = counts.std() / np.sqrt(len(counts)) + 1e-9
        assert abs(counts.mean() - row["predicted"]) < 4 * error, row
    ranks = np.ravel(rounds.ranks)
    for rank, chance in enumerate(ACCEPTANCE["ERSD"], start=1):
        assert (ranks == rank).mean() == pytest.approx(chance, abs=4 * np.sqrt(chance / 1000))


@pytest.mark.parametrize("name", SHAPES)
def test_a_tree_that_is_cut_is_the_smaller_tree(name):
    models = Toy()
    session = models.draft.open([0, 1], Warp())

    def tree(nodes: int):
        grown = grow(
            session, Sampled(3, 2, DRAFT, shared=True), rank_shape(name, ACCEPTANCE["ERSD"], nodes), frozenset()
        )
        session.commit([])
        return grown

    large = tree(12)
    for nodes in (1, 3, 7):
        cut, old = large.cut(nodes)
        small = tree(nodes).builder.build()
        np.testing.assert_array_equal(cut.token, small.token)
        np.testing.assert_array_equal(cut.parent, small.parent)
        np.testing.assert_array_equal(np.array(large.builder.token)[old], cut.token)


def test_independent_draws_keep_their_repeats():
    session = Toy().draft.open([0, 1], Warp())
    grown = grow(session, Sampled(3, 2, DRAFT, shared=False), rank_shape("batch", (), 12), frozenset())
    tree, _ = grown.cut(9)
    assert tree.size <= 3
    assert len(tree.trials(0)) == 9


def test_nothing_follows_a_stop_token():
    session = Toy().draft.open([0, 1], Warp())
    grown = grow(session, Sampled(3, 2, DRAFT, shared=False), rank_shape("sequence", (), 12), frozenset({0, 1, 2}))
    assert grown.builder.size == 1


def test_stop_and_refusals():
    rounds = study(1, stop=lambda: True)
    assert list(rounds) == []
    with pytest.raises(ValueError, match="temperature above 0"):
        FamilyStudy(Toy(), [Context(0, "toy", (0,))], 0.0, ACCEPTANCE, 1)
    with pytest.raises(ValueError, match="at least one context"):
        FamilyStudy(Toy(), [], 1.0, ACCEPTANCE, 1)
    with pytest.raises(ValueError, match="temperature above 0"):
        list(rank_rows(LAWS, 0.0, 4, 1e-4))


def test_contexts_stand_where_the_laws_were_measured():
    contexts = contexts_of(LAWS, Toy(), (0, 5, 40))
    assert len(contexts) == 2 * len(LAWS.kinds)
    one = contexts[3]
    assert (one.text, one.kind) == (1, LAWS.kinds[1])
    assert list(one.ids[-5:]) == LAWS.before(one.position, 5)


def test_tables_and_their_reading(tmp_path):
    rounds = study(40)
    list(rounds)
    save_table(rounds.table(LAWS), tmp_path / "rounds.json.gz")
    table = load_table(tmp_path / "rounds.json.gz")
    rows = [
        {
            "text": t,
            "kind": "toy",
            "positions": 5,
            "ERSD": ACCEPTANCE["ERSD"].tolist(),
            "GSD": ACCEPTANCE["GSD"].tolist(),
        }
        for t in range(4)
    ]
    assert mean_ranks(rows)["ERSD"] == pytest.approx(ACCEPTANCE["ERSD"])
    first = rank_means(rows, "ERSD", 3)[0]
    assert (first.value, first.count) == (pytest.approx(43 / 62), 4)
    for row in table.rows():
        mean = over_texts(table, row["accepted"])
        assert mean.low <= mean.value <= mean.high
        assert mean.value == pytest.approx(np.mean(row["accepted"]))
    for shape in SHAPES:
        gaps = gap(table, rows, "GSD", shape)
        measured = [r for r in table.rows() if (r["rule"], r["shape"]) == ("GSD", shape)]
        for one, row in zip(gaps, measured, strict=True):
            assert one.value == pytest.approx(np.mean(row["accepted"]) - row["predicted"], abs=1e-5)
            assert one.low <= one.high
    assert sum(one.value for one in counted_ranks(table, 3)) == pytest.approx(1)
    with pytest.raises(ValueError, match="no text of this kind"):
        over_texts(table, [0.0] * 4, "story")


def test_acceptance_by_rank_of_a_text():
    few = next(iter(rank_rows(LAWS, 0.7, 4, 1e-4)))
    positions = np.flatnonzero(LAWS.text == 0)
    pairs = [LAWS.laws(int(position), Warp(temperature=0.7)) for position in positions]
    assert few["positions"] == len(positions)
    assert few["match"] == pytest.approx(np.mean([match_probability(*pair) for pair in pairs]))
    assert few["ERSD"][0] == pytest.approx(few["match"], abs=1e-8)
    assert few["repeats"][0] == pytest.approx(few["match"], abs=1e-8)
    assert few["GSD"][0] == pytest.approx(np.mean([np.minimum(*pair).sum() for pair in pairs]), abs=1e-8)
    table = rank_table(LAWS, [few], 0.7, 4, 1e-4, 0.0)
    assert table.settings["temperature"] == 0.7
    assert table.rows() == [few]


def test_the_command_measures_saves_and_prints(capsys, tmp_path):
    rounds, ranks = tmp_path / "rounds.json.gz", tmp_path / "ranks.json.gz"
    laws = Path(__file__).parents[2] / "assets" / "laws" / "recorded.npz"
    options = [
        "--drafts",
        "4",
        "--tolerance",
        "0.01",
        "--places",
        "2",
        "--seeds",
        "1",
        "--temperature",
        "0.7",
        "--json",
    ]
    assert main(["races", "--laws", str(laws), *options, "--out", str(rounds), "--out-ranks", str(ranks)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == len(load_table(rounds).rows()) == 2 * len(SHAPES) * 7
    assert all(row["low"] <= row["accepted"] <= row["high"] for row in rows)
    assert load_table(ranks).columns["text"] == tuple(range(len(LAWS.kinds)))
    assert main(["races", "--laws", str(laws), "--temperature", "0"]) == 2
