"""The record of a losslessness check: how often each token came, and how often it should have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from specviz.records.column_shapes import numbers
from specviz.records.common_shapes import COUNT, COUNTS, SETTINGS
from specviz.records.files import damage_as_sentence
from specviz.records.settings import RunSettings
from specviz.records.shapes import each, parts, text
from specviz.records.table import MeasuredTable
from specviz.records.table_store import load_table, save_table
from specviz.records.trace import Provenance

NAME = "losslessness check"
SAID = parts({"run": SETTINGS, "context": text(), "position": COUNT, "draws": COUNT, "passes": COUNT})
COLUMNS = parts({"outcome": each(each(text(1_000), 10)), "p": numbers(-1e-6, 1 + 1e-4), "count": COUNTS})


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What a method wrote first in fresh runs from one context, and the law that it should follow.

    context: the text before the position.  position: tokens of the target's own text after the prompt.
    outcomes: texts of the first token, or of the first two, by falling probability.  law: their probabilities under the
    target; what is missing to 1 belongs to outcomes that are not listed and never came.  counts: how often each came.
    draws: N.  passes: of the target, over all draws.  seconds: time of the draws.
    Raises ValueError when the columns differ in length or the counts do not add up to N.
    """

    settings: RunSettings
    provenance: Provenance
    context: str
    position: int
    outcomes: tuple[tuple[str, ...], ...]
    law: tuple[float, ...]
    counts: tuple[int, ...]
    draws: int
    passes: int
    seconds: float

    def __post_init__(self) -> None:
        if not len(self.outcomes) == len(self.law) == len(self.counts) or sum(self.counts) != self.draws:
            raise ValueError("the counts of a check do not fit its outcomes.")


def save_check(result: CheckResult, path: Path) -> None:
    """Write a check as a measured table."""
    columns = {"outcome": tuple(list(o) for o in result.outcomes), "p": result.law, "count": result.counts}
    rest = {name: getattr(result, name) for name in ("context", "position", "draws", "passes")}
    settings = {"run": result.settings.as_dict()} | rest
    save_table(MeasuredTable(NAME, columns, result.provenance, settings, result.seconds), path)


def load_check(path: Path) -> CheckResult:
    """Read a check; TraceError says what is wrong with the file."""
    table = load_table(path)
    with damage_as_sentence("check"):
        if table.name != NAME:
            raise ValueError("it holds another measurement.")
        known = table.settings
        SAID(known)
        COLUMNS({name: list(column) for name, column in table.columns.items()})
        return CheckResult(
            settings=RunSettings.from_dict(known["run"]),
            provenance=table.provenance,
            context=str(known["context"]),
            position=int(known["position"]),
            outcomes=tuple(tuple(str(text) for text in outcome) for outcome in table.columns["outcome"]),
            law=tuple(float(p) for p in table.columns["p"]),
            counts=tuple(int(count) for count in table.columns["count"]),
            draws=int(known["draws"]),
            passes=int(known["passes"]),
            seconds=table.seconds,
        )
