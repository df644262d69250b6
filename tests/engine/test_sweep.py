"""Sweeps: shared work gives the rows of separate runs, failures are rows, and a sweep goes on where it was left."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sweep_support import PROMPTS, Tables, assert_equal, plan_of, rows_of

from specviz.drafting import DRAFTERS
from specviz.engine.compare.comparison import Method
from specviz.engine.decode import Run, finish
from specviz.engine.probe.prompts import Prompt
from specviz.engine.sweep import work
from specviz.engine.sweep.local import LocalSweep
from specviz.engine.sweep.plan import make_plan, prompts_of
from specviz.engine.sweep.results import Results, begun
from specviz.engine.sweep.tally import Tally
from specviz.engine.sweep.texts import KnownText, OffTextError, TextSession
from specviz.models.pair import load_pair
from specviz.records import RunSettings
from specviz.records.sweep import Obtained, Sweep
from specviz.records.sweep_store import load_sweep
from specviz.verification import VERIFIERS, why_not
from specviz.verification.walk import TreeWalk

RACES = [v for v in VERIFIERS.all() if v.shares_clocks]
WALKS = [v for v in VERIFIERS.all() if issubclass(v, TreeWalk) and v.lossless]


def methods_of(verifiers: list[type]) -> list[str]:
    """Every drafter with those of these verifiers that fit it."""
    return [f"{d.name}+{v.name}" for d in DRAFTERS.all() for v in verifiers if why_not(d, v) is None]


@pytest.mark.parametrize(("verifiers", "temperature"), [(RACES, 1.0), (WALKS, 0.0)], ids=["races", "temperature 0"])
def test_sharing_gives_the_rows_of_separate_runs(verifiers, temperature):
    """Every drafter with every verifier under which the text does not depend on the tree; unequal sizes on purpose."""
    methods = methods_of(verifiers)
    plan = plan_of(methods, [0, 3, 8], temperature=temperature)
    shared = rows_of(Tables(), plan, most=1)
    apart = rows_of(Tables(), plan_of(methods, [0, 3, 8], separate=True, temperature=temperature), most=1)
    assert_equal(shared, apart)
    assert {row.obtained for row in apart} == {Obtained.RUN}
    assert all(row.trees == row.trees_grown and row.target_passes == row.passes for row in apart)
    read = [row for row in shared if row.obtained == Obtained.READ]
    assert {row.drafter for row in read} == {d.name for d in DRAFTERS.all()} - {"early_exit", "oracle"}
    assert all(row.target_passes == 0 for row in read)
    sweep = Sweep(plan, Tables().provenance, shared)
    assert sweep.target_passes[0] < 0.3 * sweep.target_passes[1]
    assert sweep.trees[0] < sweep.trees[1]
    assert sum(row.draft_passes for row in shared) < sum(row.draft_passes for row in apart)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_every_row_is_that_of_a_run(temperature):
    """Against `Run`, which knows nothing of sweeps; methods whose text depends on the tree too."""
    methods = ["chain+token", "iid_sequences+recursive_rejection", "best_first+sample_and_look",
               "race_tau_star+shared_race", "hierarchy+shared_race"]  # fmt: skip
    plan = plan_of(methods, [4, 9], temperature=temperature)
    for row in rows_of(Tables(), plan):
        trace = finish(Run(Tables(), plan.settings_of(row.cell, row.seed), PROMPTS[row.prompt].text))
        tally = Tally(list(trace.iterations))
        counts = tally.counts()
        assert (row.tokens, row.passes) == (len(trace.emitted), trace.target_calls)
        assert (row.drafted, row.accepted, row.text) == (counts["drafted"], counts["accepted"], tally.text())
        assert row.stop_reason == trace.stop_reason
        entropy = np.concatenate([step.entropy for step in trace.iterations]).sum()
        assert row.entropy == pytest.approx(entropy)
        assert row.mu == pytest.approx(entropy / row.tokens)


@pytest.mark.parametrize(
    ("temperature", "methods"),
    [
        (0.8, ["best_first+shared_race", "race_tau_star+shared_race", "hierarchy+shared_race", "gls+gls"]),
        (0.0, ["best_first+sample_and_look", "chain+token", "early_exit+token"]),
    ],
)
def test_sharing_on_real_models(temperature, methods):
    pair = load_pair("fable/target", "fable/draft")
    models = {"target": "fable/target", "draft": "fable/draft", "middle": "fable/middle"}
    plans = [plan_of(methods, [3, 8], separate, temperature=temperature, **models) for separate in (False, True)]
    rows = [rows_of(pair, plan, most=1) for plan in plans]
    assert_equal(*rows, off=1e-3)
    assert sum(row.target_passes for row in rows[0]) < 0.7 * sum(row.passes for row in rows[0])
    assert not any(row.failed for row in rows[0])


def test_a_rule_that_leaves_the_text_is_run_after_all(monkeypatch):
    """Whoever says wrongly that a rule writes one text loses work, not truth."""
    monkeypatch.setattr("specviz.engine.sweep.cells.text_kind", lambda settings, verifier: ("wrong", 0))
    methods = ["chain+token", "best_first+sample_and_look", "iid_sequences+recursive_rejection"]
    shared = rows_of(Tables(), plan_of(methods, [3, 8]))
    assert_equal(shared, rows_of(Tables(), plan_of(methods, [3, 8], separate=True)))


def test_a_known_text_stands_for_the_target():
    text = KnownText([4, 5, 6], [np.eye(8)[i] for i in (4, 5, 6)])
    session = TextSession(text, [1, 2], 8)
    rows = session.feed([4, 7, 5], [0, 0, 1])
    assert [int(np.argmax(rows[node])) for node in (0, 1, 3)] == [4, 5, 6]
    with pytest.raises(OffTextError):
        rows[2]
    session.commit([4])
    assert (list(session.ids), session.length) == ([1, 2, 4], 3)
    with pytest.raises(OffTextError):
        session.commit([6])


def test_what_fails_is_a_row_with_a_sentence_and_the_rest_goes_on():
    plan = plan_of(["chain+token", "hierarchy+token", "hierarchy+shared_race", "chain+shared_race"], [2], middle="none")
    rows = rows_of(Tables(), plan)
    assert [row.error for row in rows[:4]] == ["", "There is no model none.", "There is no model none.", ""]
    assert all(row.tokens == 0 and row.stop_reason == "failed" for row in rows if row.failed)
    empty = make_plan(plan.settings, [Prompt("e", "own", " ")], [Method.parse("chain+token")], [2, 3], [1])
    found = list(work.PromptWork(Tables(), empty, 0, " ").rows([1]))
    assert [row.error for row in found] == ["The prompt is empty; write at least one word."] * 2


def test_a_model_that_breaks_costs_its_runs_only(monkeypatch):
    models, calls = Tables(), []

    def breaks(prefix):
        calls.append(prefix)
        if len(calls) == 40:
            raise MemoryError("no room for 5 GB")
        return Tables().draft.row_of(prefix)

    models.draft = type(models.draft)(breaks, models.draft.vocabulary)
    plan = plan_of(["best_first+shared_race", "chain+shared_race", "chain+token"], [2, 6])
    rows = rows_of(models, plan)
    assert sum(row.failed for row in rows) == 1
    assert "out of memory" in next(row.error for row in rows if row.failed)
    good = rows_of(Tables(), plan)
    assert [r.text for r, g in zip(rows, good, strict=True) if not r.failed] == [
        g.text for r, g in zip(rows, good, strict=True) if not r.failed
    ]


def test_a_sweep_goes_on_where_it_was_left(tmp_path):
    plan, path = plan_of(["best_first+shared_race", "chain+token"], [2, 6]), tmp_path / "sweep.parquet"
    texts = [prompt.text for prompt in PROMPTS]
    whole = Results(plan, Tables().provenance)
    steps = list(LocalSweep(Tables(), texts, whole))
    assert (steps[-1].done, steps[-1].total, steps[-1].seconds_left) == (24, 24, 0.0)
    for stopped_after in (3, 7, 11):  # in the middle of a prompt, again and again
        results = Results(plan, Tables().provenance, path, begun(path, plan))
        some = LocalSweep(Tables(), texts, results, stop=lambda: results.added >= stopped_after)  # noqa: B023
        for step in some:
            assert step.total == 24
        assert begun(path, plan).rows == results.sweep().rows
        assert not begun(path, plan).is_whole
    results = Results(plan, Tables().provenance, path, begun(path, plan))
    list(LocalSweep(Tables(), texts, results))
    found = load_sweep(path)
    assert found.is_whole
    assert [row.without_times() for row in found.rows] == [row.without_times() for row in whole.sweep().rows]
    assert Results(plan, Tables().provenance, path, found).left() == []


def test_a_file_of_another_sweep_is_left_alone(tmp_path):
    plan, path = plan_of(["chain+token"], [2]), tmp_path / "sweep.parquet"
    list(LocalSweep(Tables(), [prompt.text for prompt in PROMPTS], Results(plan, Tables().provenance, path)))
    with pytest.raises(ValueError, match=r"holds a sweep of other methods; give .* another --out"):
        begun(path, plan_of(["chain+token"], [3]))
    with pytest.raises(ValueError, match="other settings"):
        begun(path, plan_of(["chain+token"], [2], temperature=0.1))
    elsewhere = type(Tables().provenance)("target", "draft", "cuda", "float16", ())
    with pytest.raises(ValueError, match="begun with target and draft on cpu"):
        Results(plan, elsewhere, path, begun(path, plan))


def test_a_plan_that_cannot_be_is_refused_in_one_sentence():
    common, chain = RunSettings(), [Method.parse("chain+token")]
    for methods, capacities, seeds, said in (
        (chain, [], [1], "one method, one P and one seed"),
        (chain, [4, 4], [1], "named twice"),
        (chain, [4], [1, 1], "named twice"),
        (chain, [5000], [1], "capacity must be"),
        ([], [4], [1], "at least one prompt, one method"),
        (chain, list(range(1000)), range(1000), "at most 250,000"),
    ):
        with pytest.raises(ValueError, match=said):
            make_plan(common, PROMPTS, methods, capacities, list(seeds))
    sizes = make_plan(common, PROMPTS, [Method.parse("chain+token@8"), Method.parse("chain+token@2")], [4], [1])
    assert [cell.capacity for cell in sizes.cells] == [8, 2]


def test_prompts_of_files_and_folders(tmp_path):
    lines = tmp_path / "sums.jsonl"
    lines.write_text(
        '{"question": "1 + 1?", "answer": "2"}\nnone\n{"id": "x", "kind": "mine", "text": "b"}\n'
        '{"task_id": "t/1", "prompt": "c"}\n{"question_id": 8, "category": "d", "turns": ["e", "f"]}\n'
    )
    folder = tmp_path / "tales"
    folder.mkdir()
    for name, text in (("b.txt", "two\nlines"), ("a.txt", "one"), ("c.txt", " "), ("d.md", "no")):
        (folder / name).write_text(text)
    prompts, notes = prompts_of([lines, folder])
    assert [(p.name, p.kind, p.text) for p in prompts] == [
        ("1", "sums", "1 + 1?"), ("x", "mine", "b"), ("t/1", "sums", "c"), ("8", "d", "e"),
        ("a", "tales", "one"), ("b", "tales", "two\nlines"),
    ]  # fmt: skip
    assert notes == ["sums.jsonl: Line 2 is not JSON; it was left out.", "The file c.txt is empty; it was left out."]
    assert len(prompts_of([lines, folder], limit=1)[0]) == 2
    for bad in (tmp_path / "none.jsonl", tmp_path / "x.csv", tmp_path):
        with pytest.raises(ValueError, match=r"could not be read|are read from|no .txt files"):
            prompts_of([bad])
