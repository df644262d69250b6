"""The study of rejections on toy chains whose expected rejections are known, and block verification by enumeration."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from specviz.chance import Exhaustive, enumerate_outcomes
from specviz.drafting import make_drafter
from specviz.engine.decode import decode
from specviz.engine.guessers import Cast
from specviz.engine.rejections import RejectionStudy, examined
from specviz.models.table import TableModel
from specviz.records import Provenance, RunSettings, Warp
from specviz.records.table_store import load_table, save_table
from specviz.seams import Round
from specviz.theory import block_expected_rejections, expected_rejections
from specviz.verification import make_verifier

P = np.array([[0.7, 0.3], [0.2, 0.8]])
Q = np.array([[0.4, 0.6], [0.5, 0.5]])
SETTINGS = RunSettings(temperature=1.0, capacity=8, depth=8, max_new_tokens=9, seed=5)
PROMPTS = [("story", "a"), ("code", "b")]


def markov(kernel: np.ndarray) -> TableModel:
    return TableModel(lambda prefix: kernel[prefix[-1]], len(kernel))


@dataclass
class Toy:
    """A pair of Markov chains as the engine sees a pair; every prompt ends in token 0."""

    target: TableModel = field(default_factory=lambda: markov(P))
    draft: TableModel = field(default_factory=lambda: markov(Q))
    provenance: Provenance = field(default_factory=lambda: Provenance("p", "q", "cpu", "float64", ()))
    stop_ids: frozenset[int] = frozenset()

    def middle(self, name: str) -> TableModel:
        raise AssertionError(name)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return [1, 0]

    def decode(self, ids: list[int]) -> str:
        return "".join("ab"[i] for i in ids)

    def texts(self, ids: set[int]) -> dict[int, str]:
        return {i: "ab"[i] for i in ids}


@pytest.fixture(scope="module")
def study() -> RejectionStudy:
    """The draft guesses the whole rest of the text: all places but the last are examined."""
    study = RejectionStudy(Toy(), SETTINGS, PROMPTS, 300)
    assert len(list(study)) == study.total == 1200
    return study


@pytest.mark.parametrize("verifier", ["token", "block"])
def test_counted_rejections_are_the_expected_ones(study, verifier):
    exact = {"token": expected_rejections(P, Q, 8), "block": block_expected_rejections(P, Q, 8)}
    counted = np.array([run.rejections for run in study.runs if run.verifier == verifier])
    error = counted.std(ddof=1) / len(counted) ** 0.5
    assert abs(counted.mean() - exact[verifier]) < 4 * error
    assert abs(exact["token"] - exact["block"]) > 8 * error  # the test could tell them apart


def test_rejections_minus_distances_is_a_martingale_of_the_token_rule_alone(study):
    gaps = {
        verifier: np.array([run.rejections - run.distance for run in study.runs if run.verifier == verifier])
        for verifier in ("token", "block")
    }
    errors = {verifier: gap.std(ddof=1) / len(gap) ** 0.5 for verifier, gap in gaps.items()}
    assert abs(gaps["token"].mean()) < 4 * errors["token"]
    assert gaps["block"].mean() < -4 * errors["block"]


def test_the_columns_of_a_run_agree(study):
    distance = 0.5 * np.abs(P - Q).sum(axis=1)
    for run in study.runs[:100]:
        assert run.tokens == len(run.distances) == len(run.text) == 9
        assert run.positions == sum(value is not None for value in run.distances) == 8
        assert run.distances[-1] is None
        before = [0, *("ab".index(letter) for letter in run.text)]
        known = [value for value in run.distances if value is not None]
        assert known == pytest.approx([distance[state] for state in before[:8]], abs=1e-5)
        assert run.distance == pytest.approx(sum(known))
        assert run.rejections == len(run.rejected)
        assert run.passes == run.rejections + 1  # one target pass for each rejection and one for the end
        logs = [np.log(P[a, b]) for a, b in pairwise(before)]
        assert run.surprisal == pytest.approx(-sum(logs))


def test_a_bonus_token_was_not_examined():
    settings = RunSettings(
        drafter="chain", verifier="token", temperature=1.0, capacity=2, depth=2, max_new_tokens=40, seed=1
    )
    toy = Toy()
    steps = list(decode(Cast(toy.target, toy.draft), settings, [0]))
    distances, rejected = examined(steps)
    assert len(distances) == 40
    bonuses = sum(step.verdict.accepted == step.tree.size for step in steps)
    assert 0 < bonuses == distances.count(None)
    assert len(rejected) == len(steps) - bonuses
    assert all(distances[place] is not None for place in rejected)


def test_every_run_has_a_seed_that_the_verifiers_share():
    study = RejectionStudy(Toy(), SETTINGS, PROMPTS, 3)
    list(study)
    seeds = {(run.prompt, run.seed) for run in study.runs}
    assert len(seeds) == len({seed for _, seed in seeds}) == 6
    assert {run.verifier for run in study.runs} == {"token", "block"}


def test_a_study_that_is_stopped_keeps_its_runs(tmp_path):
    study = RejectionStudy(Toy(), SETTINGS, PROMPTS, 3, stop=lambda: len(study.runs) >= 5)
    assert len(list(study)) == 5
    save_table(study.table(), tmp_path / "table.json.gz")
    table = load_table(tmp_path / "table.json.gz")
    assert table.settings["prompts"] == ["a", "b"]
    assert [row["rejections"] for row in table.rows()] == [run.rejections for run in study.runs]
    assert table.rows()[0]["distances"] == study.runs[0].distances


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"repeats": 0}, "at least one"),
        ({"prompts": []}, "at least one"),
        ({"verifiers": ("magic",)}, "no verifier called"),
        ({"settings": RunSettings(capacity=4, depth=8)}, "that the capacity can hold"),
        ({"settings": RunSettings(capacity=4, depth=0)}, "a depth of 1 or more"),
        ({"settings": RunSettings(capacity=8, seed=2**31 - 1)}, "seed must be"),
    ],
)
def test_studies_that_make_no_sense_are_refused(changes, words):
    arguments = {"models": Toy(), "settings": SETTINGS, "prompts": PROMPTS, "repeats": 1} | changes
    with pytest.raises(ValueError, match=words):
        RejectionStudy(**arguments)


def enumerated(p: np.ndarray, q: np.ndarray, length: int, verifier: str) -> Fraction:
    """Exact expected rejections of the product's verifier when the draft proposes the whole rest of the text."""
    drafter, rule = make_drafter("chain"), make_verifier(verifier)

    def run(chance: Exhaustive) -> int:
        above, below = (markov(kernel).open([0], Warp()) for kernel in (p, q))
        rejections, done = 0, 0
        while done < length:
            chance.next_round()
            tree, draft_rows = drafter.grow(below, chance, Round(length, 1, length - done))
            target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
            verdict = rule.verify(tree, target_rows, draft_rows, chance, above.length)
            emitted = [*(int(tree.token[i]) for i in verdict.path), verdict.closing_token]
            rejections += verdict.accepted < tree.size
            done += len(emitted)
            above.commit(emitted)
            below.commit(emitted)
        return rejections

    return sum((weight * count for count, weight in enumerate_outcomes(run)), Fraction(0))


THIRDS = [[Fraction(1, 3), Fraction(2, 3)]] * 2, [[Fraction(2, 3), Fraction(1, 3)]] * 2
TENTHS = (
    [[Fraction(7, 10), Fraction(3, 10)], [Fraction(2, 10), Fraction(8, 10)]],
    [[Fraction(4, 10), Fraction(6, 10)], [Fraction(5, 10), Fraction(5, 10)]],
)


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("pair", [THIRDS, TENTHS])
def test_the_formulas_are_what_the_verifiers_do(pair, length):
    p, q = (np.array(rows, dtype=object) for rows in pair)
    p_chain, q_chain = (rows.astype(np.float64) for rows in (p, q))
    token, block = (float(enumerated(p, q, length, verifier)) for verifier in ("token", "block"))
    assert expected_rejections(p_chain, q_chain, length) == pytest.approx(token, abs=1e-12)
    assert block_expected_rejections(p_chain, q_chain, length) == pytest.approx(block, abs=1e-12)
    assert block < token if length > 1 else block == pytest.approx(token)
