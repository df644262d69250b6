"""What a pass costs here: the measured curve with its table, and what to read off it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.engine.load_job import LoadJob
from specviz.engine.probe.costs import sizes_on
from specviz.figures.probe.advice import cost_figure
from specviz.records import Provenance
from specviz.records.costs import Costs
from specviz.ui.glossary import define
from specviz.ui.jobs import begin, workshop
from specviz.ui.layout import metric_row
from specviz.ui.models.load import JOB
from specviz.ui.tables import chart_with_table
from specviz.ui.words import plain

WAYS = {
    "plain": "its Hugging Face module as it is",
    "fused": "fused layers",
    "packed": "packed weights",
    "graphs": "captured graphs",
}


def costs_panel() -> None:
    """The curve of the pair in memory."""
    pair, costs = workshop().loaded, workshop().costs
    if pair is None or costs is None:
        st.info("Nothing is measured yet: press Load. It measures once the pair is in memory.")
        return
    st.markdown(f"**What a pass costs here.** *{reading(costs)}*", help=define("cost of a pass"))
    once = costs.target_pass(0)
    metric_row(
        {
            "free up to": (f"P\u00a0=\u00a0{costs.nearly_free()}", define("nearly free")),
            "target pass": (f"{1000 * once:.1f} ms", define("cost of a pass")),
            "draft pass": (f"{1000 * costs.draft_pass(0):.1f} ms", define("draft pass")),
            "cost ratio": (f"{costs.ratio:.2f}", define("cost ratio")),
        }
    )
    costs_chart(costs, "models-costs")
    made = costs.provenance
    st.caption(
        f"{ways(made)} Measured above {costs.context} tokens in {costs.total:.1f} s, each size {times(costs.repeats)}; "
        f"{cut(costs)}the lines are lower quartiles, because what else the machine does can only add time. Automatic P "
        "and the advice of Probe start from these numbers.",
        help=define("way of running"),
    )
    for reason in getattr(pair, "refused", ()):
        st.caption(f"{plain(reason[:1].upper() + reason[1:])}.")
    st.button(
        "Measure again", key="models_measure", icon=":material/timer:", on_click=_again, args=(made,),
        help="Worth it where the machine was busy: the curve should rise smoothly.",
    )  # fmt: skip


def _again(made: Provenance) -> None:
    """Measure the pair of the page anew; what is known stays until there is something better."""
    loaded = workshop().loaded
    if loaded is None or _pair(loaded.provenance) != _pair(made):  # somebody has loaded another one in the meantime
        st.toast("Another pair is in memory now; this page shows it from here on.", icon=":material/info:")
        return
    job = begin(LoadJob(made.target, made.draft, again=True))
    if job is not None:
        st.session_state[JOB] = st.query_params[JOB] = job.id


def _pair(made: Provenance) -> tuple[str, str, str, str]:
    """What tells pairs apart; a way of running may be given up while a pair stays in memory."""
    return made.target, made.draft, made.device, made.dtype


def cut(costs: Costs) -> str:
    """Up to which size it was measured, where larger passes would have taken too long; else nothing."""
    last = costs.sizes[-1]
    if last >= sizes_on(costs.provenance.device)[-1]:
        return ""
    return f"only up to {last} guesses, because larger passes take too long here; "


def times(count: int) -> str:
    """A number of times in words."""
    return "once" if count == 1 else f"{count} times"


def reading(costs: Costs) -> str:
    """What to look for in the curve."""
    free, once = costs.nearly_free(), costs.target_pass(0)
    last = costs.sizes[-1]
    dearer = f"with {last} guesses it takes {costs.target_pass(last) / once:.1f} times as long as with none"
    if free == last:
        return f"The target's line is flat as far as it was measured: up to {last} guesses are nearly free to check."
    if free == 0:
        return f"The target's line rises from the first guess on, so no guess is free to check: {dearer}."
    return f"Where the target's line is flat, guesses are nearly free to check: here up to {free}; {dearer}."


def ways(made: Provenance) -> str:
    """Which way each model's layers are run, in words; nothing where it was not recorded."""
    sides = (("target", made.target_path), ("draft model", made.draft_path))
    told = [f"the {name} on {way_in_words(path)}" for name, path in sides if path]
    return f"Run here: {', '.join(told)}." if told else ""


def way_in_words(path: str) -> str:
    """`fused, packed` as fused layers and packed weights."""
    return " and ".join(WAYS.get(part, plain(part)) for part in path.split(", "))


def costs_chart(costs: Costs, name: str) -> None:
    """The curve and its table."""
    chart_with_table(
        cost_figure(costs), cost_rows(costs), name,
        alt="Milliseconds of a target pass and of a draft pass against the positions it reads.",
    )  # fmt: skip


def cost_rows(costs: Costs) -> list[dict[str, Any]]:
    """One row for each size, in milliseconds."""
    return [
        {"draft nodes": row["sizes"]}
        | {
            f"{name} {part}, ms".replace("  ", " "): round(1000 * row[key], 3)
            for name in ("target", "draft")
            for part, key in (("", name), ("10 %", f"{name}_low"), ("90 %", f"{name}_high"))
        }
        for row in costs.rows()
    ]
