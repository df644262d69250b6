"""A pair of tables, fast and exact, that takes the place of two models."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from specviz.engine.compare.comparison import Method
from specviz.engine.probe.prompts import Prompt
from specviz.engine.sweep.plan import make_plan
from specviz.engine.sweep.work import PromptWork
from specviz.models.table import TableModel
from specviz.records import Provenance, RunSettings
from specviz.records.sweep import SweepPlan, SweepRow, in_order

V = 24
PROMPTS = (Prompt("a", "letters", "abcab"), Prompt("b", "letters", "xyzz"), Prompt("7", "digits", "1231231"))
COUNTS = ("tokens", "passes", "drafted", "accepted", "examined", "overlap_places", "trees")
EXACT = (*COUNTS, "text", "stop_reason", "error")
SUMS = ("entropy", "second_moment", "surprisal", "overlap")


def table(salt: int, mix: float) -> TableModel:
    """Laws of the last two tokens. mix: how far from the laws that all models share."""

    @cache
    def law(ending: tuple[int, ...]) -> np.ndarray:
        key = zlib.crc32(repr(ending).encode())
        common = np.random.default_rng(key).gamma(0.3, size=V)
        own = np.random.default_rng((key, salt)).gamma(0.3, size=V)
        row = (1 - mix) * common / common.sum() + mix * own / own.sum()
        return row / row.sum()

    def row_of(prefix: tuple[int, ...]) -> np.ndarray:
        return law(prefix[-2:])

    return TableModel(row_of, V, shallow=row_of)


@dataclass
class Tables:
    """Three models of one alphabet; token 0 ends a text."""

    target: TableModel = field(default_factory=lambda: table(1, 0.2))
    draft: TableModel = field(default_factory=lambda: table(2, 0.5))
    provenance: Provenance = field(default_factory=lambda: Provenance("target", "draft", "cpu", "float64", ()))
    stop_ids: frozenset[int] = frozenset({0})

    def middle(self, name: str) -> TableModel:
        """Between the two."""
        if name != "middle":
            raise ValueError(f"There is no model {name}.")
        return table(3, 0.3)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        """A token for each letter."""
        if not prompt.strip():
            raise ValueError("The prompt is empty; write at least one word.")
        return [1 + ord(letter) % (V - 1) for letter in prompt]

    def decode(self, ids: list[int]) -> str:
        """A letter for each token."""
        return "".join(chr(97 + i) for i in ids)

    def texts(self, ids: set[int]) -> dict[int, str]:
        """One by one."""
        return {i: self.decode([i]) for i in ids}


def plan_of(methods: list[str], capacities: list[int], separate: bool = False, **settings: object) -> SweepPlan:
    """A plan over PROMPTS with two seeds."""
    values = {"target": "target", "draft": "draft", "middle": "middle", "depth": 5, "drafts": 3, "max_new_tokens": 18}
    common = RunSettings(**{**values, **settings})
    return make_plan(common, PROMPTS, [Method.parse(m) for m in methods], capacities, [3, 8], separate)


def rows_of(models: object, plan: SweepPlan, most: int = len(PROMPTS)) -> tuple[SweepRow, ...]:
    """All rows of the first prompts of a plan."""
    found = [
        row for number, prompt in enumerate(PROMPTS[:most])
        for row in PromptWork(models, plan, number, prompt.text).rows(plan.seeds) if row is not None
    ]  # fmt: skip
    return in_order(plan, found)


def assert_equal(one: tuple[SweepRow, ...], other: tuple[SweepRow, ...], off: float = 1e-9) -> None:
    """The same rows, whatever was shared; sums up to rounding."""
    assert [row.key for row in one] == [row.key for row in other]
    for a, b in zip(one, other, strict=True):
        where = f"{a.cell.label}, prompt {a.prompt}, seed {a.seed}, {a.obtained}"
        assert {name: getattr(a, name) for name in EXACT} == {name: getattr(b, name) for name in EXACT}, where
        assert np.allclose([getattr(a, n) for n in SUMS], [getattr(b, n) for n in SUMS], rtol=off, atol=off), where
