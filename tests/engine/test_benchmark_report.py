"""The benchmarks' own bookkeeping: ratios by repetition, goals, and a document that is renewed part by part."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks import __main__ as tool
from benchmarks import greedy
from benchmarks.device import cost
from benchmarks.equal import Equality
from benchmarks.pairs import dial_subject, strategies
from benchmarks.profile import read_before, table
from benchmarks.report import Figure, Goal, environment, figures_table
from benchmarks.spent import PARTS, parts_of_iterations
from benchmarks.timing import Spread, Times, take_turns
from specviz.models.pair import load_pair
from specviz.records import RunSettings


def test_ratios_are_taken_in_each_repetition():
    times = Times({"a": np.array([1.0, 2.0, 9.0]), "b": np.array([2.0, 4.0, 18.0]), "c": np.array([4.0, 1.0, 36.0])})
    assert times.ratio("b", "a") == Spread(2.0, 2.0, 2.0, 3)
    assert times.gain("a", "b", "c").median == 2.0
    assert times.gain("b", "c").low == pytest.approx(0.6, abs=0.01)
    assert times.best(["a", "b", "c"]) == "a"
    assert np.isnan(Spread.of(np.array([np.nan])).median)


def test_everybody_takes_turns():
    seen = []
    times = take_turns({name: lambda name=name: seen.append(name) for name in "abc"}, 3)
    assert len(times.seconds["a"]) == 3
    assert [seen[i : i + 3] for i in range(0, 12, 3)] == [list("cab"), list("abc"), list("bca"), list("cab")]


def test_goals_and_rows():
    assert Goal(most=1.6).reached(1.6)
    assert not Goal(most=1.6).reached(1.7)
    assert not Goal(least=2).reached(float("nan"))
    rows = figures_table([Figure(0, "x", "pair", 1.0), Figure(2, "y", "pair", Spread(1.5, 1, 2, 9), Goal(most=1.4))])
    assert rows[2] == "| 2 | y | pair | 1.50 | 1.00 to 2.00 | at most 1.4 | no |  |"
    assert rows[3] == "|  | x | pair | 1.00 |  |  |  |  |"
    assert any("torch" in line for line in environment("cpu"))


def test_each_way_is_also_set_against_plain_greedy_in_the_same_way():
    names = [f"{name}, {way}" for way in greedy.WAYS for name in (greedy.PLAIN, *strategies(1))]
    seconds = {name: np.array([1.0 + place] * 3) for place, name in enumerate(names)}
    del seconds["plain greedy, fast draft"]
    seconds |= {greedy.GENERATE: np.array([2.0] * 3), "assisted, defaults": np.array([3.0] * 3)}
    found = greedy.Greedy(dial_subject(0.12, "tiny"), 8, Times(seconds), (), dict.fromkeys(names, 2.0))
    rows = {row.what: row.middle for row in greedy.figures(found) if "same way" in row.what}
    same = "best strategy against plain greedy in the same way"
    assert rows == {
        f"{same}, HF modules": pytest.approx(1 / 2),
        f"{same}, fast draft": pytest.approx(1 / 6),  # against the plain target, as it is in that row
        f"{same}, both fast": pytest.approx(9 / 10),
    }


def test_an_iteration_is_set_against_the_pass_after_it():
    settings = RunSettings(
        drafter="best_first", verifier="sample_and_look", capacity=4, depth=2, temperature=0.0, max_new_tokens=40
    )
    found = cost(dial_subject(0.12, "tiny"), settings, 3)
    assert len(found.passes) == len(found.iterations) == 3
    assert found.ratio.median == pytest.approx(np.median(found.iterations / found.passes))
    assert 1 <= found.tokens <= 3


def test_equality_counts_and_names_the_first_difference():
    cases = [(0.12, 0, "chain", "token"), (0.12, 0, "chain", "block")]
    found = Equality(64, cases, [None, 7])
    assert found.share == 50
    assert "block, dial 0.12, prompt 0: token 7" in list(found.table())[2]


def test_only_the_named_parts_are_renewed():
    first = tool.renewed("", {"engine": "## Engine\n\n| 1 |", "theory": "## Theory\n\nold"})
    again = tool.renewed(first, {"theory": "## Theory\n\nnew"})
    assert "| 1 |" in again
    assert "new" in again
    assert "old" not in again
    assert again.index("engine") < again.index("theory")
    assert tool.renewed(again, {}) == again


def test_parts_by_name():
    assert tool.wanted_parts("theory, engine", "cpu") == ["theory", "engine"]
    assert "explorer" not in tool.wanted_parts(None, "cuda:1")
    with pytest.raises(ValueError, match="There is no part nonsense"):
        tool.wanted_parts("nonsense", "cpu")


def test_a_part_that_breaks_stops_nothing(monkeypatch, tmp_path):
    def broken(quick: bool, device: str):
        yield "begun"
        raise RuntimeError("no such thing")

    monkeypatch.setitem(tool.PARTS, "theory", tool.Part("Theory", broken))
    out = tmp_path / "benchmarks.md"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "theory", "--quick", "--out", str(out)])
    assert tool.main() == 0
    text = out.read_text()
    assert "begun" in text
    assert "Not finished: RuntimeError: no such thing" in text
    assert "quick run" in text


def test_the_parts_of_an_iteration_add_up_and_nothing_stays_wrapped():
    from specviz.models.hf import HFModel, HFSession

    before = HFSession._forward, HFSession.feed, HFSession.commit, HFModel.open
    pair = load_pair("fable/target", "fable/draft", "cpu", "float32")
    rows, tokens = parts_of_iterations(pair, RunSettings(capacity=8, max_new_tokens=24), "Once upon a time")
    assert (HFSession._forward, HFSession.feed, HFSession.commit, HFModel.open) == before
    assert tokens >= 1
    for row in rows:
        assert set(row) == set(PARTS)
        assert min(row.values()) > -0.05
        assert row["target forward pass"] > 0
        assert row["draft forward passes"] > 0


def test_the_profile_shows_before_and_after():
    stored = read_before()
    assert stored is not None
    assert stored["commit"] == "c879e30"
    cell, parts = next(iter(stored["cells"].items()))
    lines = list(table({cell: parts}, stored))
    assert cell in lines[0]
    assert f"{parts['whole']:.2f} -> {parts['whole']:.2f}" in lines[-1]
    assert "->" not in "".join(table({"another pair, P = 16": parts}, stored))
