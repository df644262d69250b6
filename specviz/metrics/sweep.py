"""A sweep as tables: estimates by method, P and kind, how far prompts lie apart, equal texts, work that was shared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from specviz.records.sweep import Obtained, Sweep
from specviz.theory import bootstrap_ratio

MethodKey = tuple[str, str, int]  # drafter, verifier and k, as the rows name them
WORST = 0.1  # share of the prompts that "the worst tenth" is about


@dataclass(frozen=True)
class Measure:
    """A ratio of two sums over rows. above, below: columns of `runs_table`."""

    name: str
    above: str
    below: str
    unit: str


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("tokens per pass", "tokens", "passes", "tokens per target pass"),
        Measure("tokens per second", "timed_tokens", "timed_seconds", "tokens per second"),
        Measure("accepted of drafted", "accepted", "drafted", "share of the guesses drafted"),
        Measure("accepted of examined", "accepted", "examined", "share of the guesses examined"),
        Measure("acceptance rate", "overlap", "overlap_places", "mean of sum min(p, q)"),
    )
}
PER_PASS, PER_SECOND = "tokens per pass", "tokens per second"


def method_keys(sweep: Sweep) -> list[MethodKey]:
    """The methods of a sweep, in the order of its plan, each once."""
    return list(dict.fromkeys((m.drafter, m.verifier, m.drafts) for m in sweep.plan.methods))


def runs_table(sweep: Sweep, names: Mapping[MethodKey, str]) -> pd.DataFrame:
    """One row for each run of the sweep that did not fail, in its order; `method` is the name given to it.

    Methods and kinds are categories in the order of the plan, which is theirs in every table made of this one.
    Times are kept only where they are the method's own: a run that shared its trees or its text has 0 timed tokens.
    """
    columns = {
        "method": [], "P": [], "prompt": [], "name": [], "kind": [], "seed": [], "tokens": [], "passes": [],
        "drafted": [], "accepted": [], "examined": [], "overlap": [], "overlap_places": [], "timed_tokens": [],
        "timed_seconds": [], "text": [], "alone": [],
    }  # type: dict[str, list[object]]  # fmt: skip
    for row in sweep.rows:
        if row.failed:
            continue
        timed = row.is_timed and row.seconds > 0
        values = (
            names[row.drafter, row.verifier, row.drafts], row.capacity, row.prompt, row.name, row.kind, row.seed,
            row.tokens, row.passes, row.drafted, row.accepted, row.examined, row.overlap, row.overlap_places,
            row.tokens if timed else 0, row.seconds if timed else 0.0, row.text, row.obtained == Obtained.RUN,
        )  # fmt: skip
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    table = pd.DataFrame(columns)
    order = {"method": list(dict.fromkeys(names.values())), "kind": list(sweep.kinds)}
    return table.assign(**{name: pd.Categorical(table[name], every) for name, every in order.items()})


def estimates(runs: pd.DataFrame, by: Sequence[str], measure: Measure) -> pd.DataFrame:
    """The measure in every group: value, 95 % interval with the prompts resampled whole, prompts and runs behind it.

    Columns: `by`, value, low, high, prompts, runs. A group in which the measure has no place (nothing was drafted, or
    nothing timed) is left out. Deterministic.
    """
    found = []
    for key, group in runs.groupby(list(by), observed=True):
        pooled = group.groupby("prompt", sort=True)[[measure.above, measure.below]].sum()
        pooled = pooled[pooled[measure.below] > 0]
        if len(pooled):
            e = bootstrap_ratio(pooled[measure.above], pooled[measure.below])
            found.append((*key, e.value, e.low, e.high, e.count, len(group)))
    return pd.DataFrame(found, columns=[*by, "value", "low", "high", "prompts", "runs"])


def overview(runs: pd.DataFrame) -> pd.DataFrame:
    """Every measure by method and P: columns method, P, prompts, runs, and for each measure NAME, NAME low, NAME high.

    NaN where a measure has no place.
    """
    keys = ["method", "P"]
    table = runs.groupby(keys, observed=True).agg(prompts=("prompt", "nunique"), runs=("prompt", "size")).reset_index()
    cells = list(zip(table["method"], table["P"], strict=True))
    for name, measure in MEASURES.items():
        found = {(row.method, row.P): row for row in estimates(runs, keys, measure).itertuples()}
        for column, part in ((name, "value"), (f"{name} low", "low"), (f"{name} high", "high")):
            table[column] = [getattr(found.get(cell), part, math.nan) for cell in cells]
    return table


def by_prompt(runs: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The measure of each prompt under each method and P, its seeds pooled: method, P, prompt, name, kind, value."""
    keys = ["method", "P", "prompt", "name", "kind"]
    pooled = runs.groupby(keys, observed=True)[[measure.above, measure.below]].sum().reset_index()
    pooled = pooled[pooled[measure.below] > 0]
    return pooled.assign(value=pooled[measure.above] / pooled[measure.below])[[*keys, "value"]]


def disparity(runs: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """How unequally each method and P serves the prompts; one row for each of them.

    value: all prompts together.  worst kind, best kind, and their values; kinds apart = best - worst.
    worst tenth: the measure over the tenth of the prompts (at least one) that gain least, taken together; worst prompt,
    best prompt, and ratio = best / worst.
    """
    keys = ["method", "P"]
    kinds, prompts = estimates(runs, [*keys, "kind"], measure), by_prompt(runs, measure)
    rows = []
    for total in estimates(runs, keys, measure).itertuples():
        own = kinds[(kinds["method"] == total.method) & (kinds["P"] == total.P)]
        each = prompts[(prompts["method"] == total.method) & (prompts["P"] == total.P)].sort_values("value")
        least, most = own.loc[own["value"].idxmin()], own.loc[own["value"].idxmax()]
        low, high = float(each["value"].iloc[0]), float(each["value"].iloc[-1])
        rows.append(
            {
                "method": total.method, "P": total.P, "prompts": total.prompts, "value": total.value,
                "worst kind": least["kind"], "worst kind value": least["value"], "best kind": most["kind"],
                "best kind value": most["value"], "kinds apart": most["value"] - least["value"],
                "worst tenth": _pooled(runs, each, measure), "worst prompt": low, "best prompt": high,
                "ratio": high / low if low > 0 else math.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _pooled(runs: pd.DataFrame, each: pd.DataFrame, measure: Measure) -> float:
    """The measure over the worst tenth of the prompts of one method and P. each: those that gain least first."""
    worst = each.head(max(1, round(WORST * len(each))))
    first = worst.iloc[0]
    own = runs[(runs["method"] == first["method"]) & (runs["P"] == first["P"]) & runs["prompt"].isin(worst["prompt"])]
    return float(own[measure.above].sum() / own[measure.below].sum())


def gaining_least(runs: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Prompts by the measure over all the given runs together, least first: prompt, name, kind, value, passes, runs."""
    keys = ["prompt", "name", "kind"]
    sums = {"above": (measure.above, "sum"), "below": (measure.below, "sum")}
    pooled = (
        runs.groupby(keys, observed=True).agg(**sums, passes=("passes", "sum"), runs=("passes", "size")).reset_index()
    )
    pooled = pooled[pooled["below"] > 0].assign(value=lambda table: table["above"] / table["below"])
    return pooled.sort_values(["value", "prompt"])[[*keys, "value", "passes", "runs"]].reset_index(drop=True)


def equal_texts(runs: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """In how many texts (prompt and seed) all P of a method wrote the same, judged by the texts' digests.

    groups: for each method whose text must not depend on its trees, the name of those that must write one text. A row
    for each method, then one for each group of two or more.
    Columns: method, group ("" where nothing must be equal), together (whether the row is about a whole group), texts
    (those of two runs or more), equal, share, runs, alone (runs that wrote their text by themselves; the others were
    held against the text of one, and are equal by how they were made), checked (texts that two runs or more wrote).
    """
    parts = [(name, groups.get(name, ""), False, [name]) for name in runs["method"].cat.categories]
    for group in dict.fromkeys(groups.values()):
        members = [name for name, _, _, _ in parts if groups.get(name) == group]
        if len(members) > 1:
            parts.append((f"all {len(members)} on {group}", group, True, members))
    rows = []
    for name, group, together, members in parts:
        part = runs[runs["method"].isin(members)]
        found = part.groupby(["prompt", "seed"], sort=False).agg(
            different=("text", "nunique"), runs=("text", "size"), alone=("alone", "sum")
        )
        found = found[found["runs"] > 1]
        equal = int((found["different"] == 1).sum())
        rows.append(
            {"method": name, "group": group, "together": together, "texts": len(found), "equal": equal,
             "share": equal / len(found) if len(found) else math.nan, "runs": len(part),
             "alone": int(part["alone"].sum()), "checked": int((found["alone"] > 1).sum())}
        )  # fmt: skip
    return pd.DataFrame(rows)


def shared_work(sweep: Sweep, names: Mapping[MethodKey, str]) -> pd.DataFrame:
    """For each method, passes and trees that were made, and those that a run of its own for each row would have made.

    Columns: method, runs, read (rows without a run of their own), target passes, needed, trees, trees needed.
    """
    rows = [
        (names[r.drafter, r.verifier, r.drafts], 1, r.obtained == Obtained.READ, r.target_passes, r.passes,
         r.trees_grown, r.trees)
        for r in sweep.rows if not r.failed
    ]  # fmt: skip
    columns = ["method", "runs", "read", "target passes", "needed", "trees", "trees needed"]
    return pd.DataFrame(rows, columns=columns).groupby("method", sort=False).sum().reset_index()


def failures_table(sweep: Sweep, names: Mapping[MethodKey, str]) -> pd.DataFrame:
    """Every row that failed, with the sentence that says why: prompt, kind, seed, method, P, why."""
    rows = [
        (r.name, r.kind, r.seed, names[r.drafter, r.verifier, r.drafts], r.capacity, r.error) for r in sweep.failures
    ]
    return pd.DataFrame(rows, columns=["prompt", "kind", "seed", "method", "P", "why"])
