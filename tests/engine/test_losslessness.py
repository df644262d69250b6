"""The check: exact methods pass, wrong ones are caught, and shortcuts change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.engine.compare.losslessness import Check
from specviz.engine.compare.memo import MemoSession
from specviz.figures.compare.losslessness import Reading, check_rows, law_figure, verdict
from specviz.models.table import TableModel
from specviz.records import Provenance, RunSettings, Warp
from specviz.records.check import load_check, save_check
from specviz.records.files import TraceError


class Toy:
    """A toy pair over six tokens."""

    stop_ids: frozenset[int] = frozenset({5})
    provenance = Provenance("toy", "toy", "cpu", "exact", ())

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        laws = {part: rng.dirichlet(np.full(6, 0.9), 6) for part in ("target", "draft", "shallow")}
        rows = {part: (lambda text, table=table: table[text[-1]]) for part, table in laws.items()}
        self.target = TableModel(rows["target"], 6, shallow=rows["shallow"])
        self.draft = TableModel(rows["draft"], 6)
        self.law = laws["target"]

    def middle(self, name: str) -> TableModel:
        return self.draft

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return [0, 1, 0]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(str, ids))

    def texts(self, ids: set[int]) -> dict[int, str]:
        return {i: str(i) for i in ids}


def reading(drafter: str, verifier: str, draws: int = 1500, tokens: int = 1) -> Reading:
    settings = RunSettings(
        drafter=drafter, verifier=verifier, temperature=1.0, capacity=6, drafts=2, depth=2, max_new_tokens=8
    )
    check = Check(Toy(), settings, "x", 0, draws, tokens)
    for _ in check:
        pass
    return Reading.of(check.result())


EXACT = [("chain", "token"), ("chain", "block"), ("best_first", "sample_and_look"), ("sequoia", "traversal"),
         ("race_tau_star", "shared_race"), ("gls", "gls"), ("early_exit", "token"),
         ("prompt_lookup", "sample_and_look"), ("oracle", "sample_and_look"), ("iid_sequences", "k_seq")]  # fmt: skip


@pytest.mark.parametrize(("drafter", "verifier"), EXACT)
@pytest.mark.parametrize("tokens", [1, 2])
def test_exact_methods_pass(drafter, verifier, tokens):
    found = reading(drafter, verifier, 600, tokens)
    assert found.test.p_value > 0.001
    assert found.distance < 3 * found.noise
    assert found.result.draws == sum(found.result.counts) == 600
    assert found.result.passes >= 600


@pytest.mark.parametrize("verifier", ["forgets_the_residual", "relaxed(epsilon=0.1)", "relaxed(epsilon=1)"])
def test_wrong_ones_are_caught(verifier):
    found = reading("chain", verifier)
    assert found.suspect
    assert found.test.p_value < 1e-6
    assert "caught" in verdict(found, claims=False)
    assert "try another seed" in verdict(found, claims=True)


def test_the_law_is_the_targets_and_the_pairs_multiply():
    law = Toy().law[0]
    found = reading("chain", "token").result
    assert dict(zip(found.outcomes, found.law, strict=True))["2",] == pytest.approx(law[2])
    pairs = dict(
        zip(*(getattr(reading("chain", "token", tokens=2).result, n) for n in ("outcomes", "law")), strict=True)
    )
    assert pairs["2", "1"] == pytest.approx(law[2] * Toy().law[2][1])
    assert pairs["5",] == pytest.approx(law[5])  # the text ends there
    assert sum(pairs.values()) == pytest.approx(1, abs=0.05)


def test_the_verdict_neither_over_nor_understates():
    found = reading("chain", "token", draws=300)
    text = verdict(found, claims=True)
    assert "no sign of a deviation" in text
    assert f"TV {found.visible:.3f}" in text
    assert "no proof" in text
    assert "not exact" not in text
    assert "Try another position" in verdict(found, claims=False)
    assert reading("chain", "token", draws=1500).visible < found.visible  # more draws see more


def test_the_picture_has_every_draw():
    found = reading("chain", "token")
    bars, points = law_figure(found).data
    assert sum(bars.y) == pytest.approx(1)
    assert sum(points.y) == pytest.approx(1)
    rows = check_rows(found)
    assert sum(row["came"] for row in rows) == 1500
    assert all(row["low"] <= row["observed"] <= row["high"] for row in rows)


def test_a_remembered_law_is_the_models_own():
    toy = Toy()
    real, memo = toy.target.open([0, 1, 0], Warp()), MemoSession(toy.target.open([0, 1, 0], Warp()))
    for tokens, parents in (([1, 2, 3], [0, 0, 1]), ([2, 4], [0, 1]), ([], [])):
        one, other = real.feed(tokens, parents), memo.feed(tokens, parents)
        for node in range(len(tokens) + 1):
            np.testing.assert_allclose(one[node], other[node])
        real.commit([])
        memo.commit([])
    known = memo.known
    memo.feed([1, 2], [0, 0])
    assert memo.known == known
    memo.commit([1, 3])
    real.commit([1, 3])
    np.testing.assert_allclose(memo.feed([2], [0])[1], real.feed([2], [0])[1])
    assert (memo.length, list(memo.ids)) == (5, [0, 1, 0, 1, 3])
    memo.back()
    assert memo.length == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"draws": 0}, "draws"), ({"tokens": 3}, "draws"), ({"drafter": "hierarchy"}, "no middle model"),
     ({"drafter": "best_first"}, "would no longer be"), ({"verifier": "magic"}, "no verifier")],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused(changes, sentence):
    settings = RunSettings(drafter=changes.pop("drafter", "chain"), verifier=changes.pop("verifier", "token"))
    with pytest.raises(ValueError, match=sentence):
        Check(Toy(), settings, "x", **({"position": 0, "draws": 10, "tokens": 1} | changes))


def test_a_check_is_saved_and_read_again(tmp_path):
    result = reading("chain", "token", draws=200).result
    save_check(result, tmp_path / "one.json.gz")
    again = load_check(tmp_path / "one.json.gz")
    assert (again.outcomes, again.counts, again.settings, again.draws) == (
        result.outcomes, result.counts, result.settings, 200,
    )  # fmt: skip
    assert again.law == pytest.approx(result.law, rel=1e-5)
    (tmp_path / "two.json.gz").write_bytes(b"{}")
    with pytest.raises(TraceError):
        load_check(tmp_path / "two.json.gz")
