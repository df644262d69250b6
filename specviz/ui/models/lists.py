"""The curated pairs with what their owners say about them, and every kind of failure with its way out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.models.preflight.curated import MODELS, PAIRS
from specviz.models.preflight.memory import gigabytes
from specviz.models.preflight.offers import offered
from specviz.models.preflight.outlook import Plan, fitting
from specviz.models.preflight.troubles import REMEDIES, Trouble
from specviz.ui.models.choose import put
from specviz.ui.models.load import remedy
from specviz.ui.tables import table_with_csv

ALL = "all families"


def curated_panel(plan: Plan) -> None:
    """Pairs that speak the same tokens; one button puts the chosen one into the fields."""
    st.markdown(
        "Pairs whose tokenizers agree, with their owners' licences. *Choose one and see above what it would take here: "
        "nothing is fetched before you press Load.*"
    )
    families = [ALL, *dict.fromkeys(MODELS[target].family for target, _ in offered(PAIRS).values())]
    if len(families) == 1:
        st.info("This server loads none of the curated pairs; the tab This server says what it loads.")
        return
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    family = left.selectbox("Family", families, key="models_family", bind="query-params")
    rows = curated_rows(plan, family)
    chosen = middle.selectbox("Take", [row["pair"] for row in rows], key="models_take")
    right.button("Put it into the fields", key="models_put", on_click=put, args=(chosen,), width="stretch")
    table_with_csv(rows, "models-curated")
    st.caption(
        "Parameters are exact and counted without loading; sizes of files are parameters x stored bytes. Licences can "
        "change: the model's own page decides. Pythia 6.9B and Qwen2.5 7B pad their embeddings to more rows than their "
        "small siblings; both are cut to the tokens in common."
    )


def curated_rows(plan: Plan, family: str = ALL) -> list[dict[str, Any]]:
    """One row for each pair of a family that this server loads."""
    fits = dict(fitting(plan))
    rows = []
    for label, names in offered(PAIRS).items():
        target, draft = (MODELS[name] for name in names)
        if family not in (ALL, target.family):
            continue
        disk = target.parameters * target.stored + draft.parameters * draft.stored
        rows.append(
            {
                "pair": label,
                "fits here": "not known" if plan.free is None else "yes" if label in fits else "no",
                "access": "login" if target.gated or draft.gated else "open",
                "parameters": f"{target.parameters / 1e9:.2f} B + {draft.parameters / 1e9:.3f} B",
                "files": gigabytes(disk),
                "rows": " / ".join(f"{n:,}" for n in dict.fromkeys((target.shape.rows, draft.shape.rows))),
                "reads": min(target.shape.reads, draft.shape.reads),
                "licence": " / ".join(dict.fromkeys((target.licence, draft.licence))),
                "target": target.id,
                "draft model": draft.id,
            }
        )
    return rows


def failures_panel() -> None:
    """Every kind of failure: what it means, what to do, what works instead."""
    st.markdown(
        "What can go wrong, and the way out of each. *A failed load never takes the pair that was there before, unless "
        "there is no room for two.*"
    )
    kinds = [trouble for trouble in REMEDIES if trouble not in (Trouble.STOPPED, Trouble.OTHER)]
    for trouble in kinds:
        with st.container(border=True):
            st.markdown(f"**{str(trouble).capitalize()}**")
            remedy(trouble, "list")
