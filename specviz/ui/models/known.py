"""What is known of a pair before it is loaded: four answers, facts, memory, tokens."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.figures.labels import visible
from specviz.figures.models.memory import memory_figure
from specviz.models.preflight.facts import ModelFacts
from specviz.models.preflight.hub import ask_hub
from specviz.models.preflight.memory import gigabytes
from specviz.models.preflight.outlook import Outlook, Plan, advice
from specviz.models.preflight.tokenizers import Comparison
from specviz.models.preflight.troubles import ModelError
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row, two_pictures
from specviz.ui.models.choose import Choice, told
from specviz.ui.models.load import remedy
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.words import plain

UNKNOWN = "\u2013"


def strip(choice: Choice) -> None:
    """Four answers in one row: files, licence, memory, tokens."""
    sides, seen = (choice.target, choice.draft), choice.seen
    fits = seen.fits(choice.plan.free)
    total = gigabytes(seen.estimate.total) if seen.estimate else "not known"
    compared = seen.comparison
    metric_row(
        {
            "files": (_files(sides), "Whether both models are on this machine, or must be fetched from the hub."),
            "licence": (plain(_licence(sides)), define("gated model")),
            "memory": (
                f"{total}, {'fits' if fits else 'too much'}" if fits is not None else total,
                f"Sum of all parts below, against what is free on {choice.plan.device}.",
            ),
            "tokens": (
                "after loading" if compared is None else "agree" if compared.agree else "differ",
                "Whether every id means the same token in both; read from both tokenizers.",
            ),
        }
    )


def before_loading(choice: Choice) -> None:
    """Facts at the left, memory at the right, notes below."""
    seen = choice.seen
    for number, problem in enumerate(seen.problems):
        st.warning(f"**{str(problem.trouble).capitalize()}.** {plain(str(problem))}", icon=":material/warning:")
        if number == 0:
            remedy(problem.trouble, "known")
    left, right = two_pictures("models-known")
    with left:
        st.markdown("**Known without loading.** *A dash: not on this machine, and not in the curated list.*")
        st.dataframe(
            known_rows(choice.target, choice.draft), hide_index=True, width="stretch", key="models-known",
            height="content", column_config={"fact": st.column_config.TextColumn(width=124)},
        )  # fmt: skip
        _ask(choice)
    with right:
        memory_panel(seen, choice.plan)
    if seen.notes:
        st.markdown("\n".join(f"- {plain(note)}" for note in seen.notes))


def _ask(choice: Choice) -> None:
    """A button for ids of which nothing is known; the answer stays for this visit."""
    unknown = [f for f in (choice.target, choice.draft) if f.folder is None and not f.parameters and f.problem is None]
    if not unknown or not st.button("Ask the hub", key="models_ask", icon=":material/travel_explore:",
                                    help="Licence, access and size; at most ten seconds, nothing large."):  # fmt: skip
        return
    try:
        with st.spinner("Asking the hub"):
            told().update({facts.name: ask_hub(facts.name) for facts in unknown})
    except ModelError as error:
        st.warning(f"**{str(error.trouble).capitalize()}.** {plain(str(error))}", icon=":material/cloud_off:")
        remedy(error.trouble, "asked")
        return
    st.rerun()


def known_rows(target: ModelFacts, draft: ModelFacts) -> list[dict[str, str]]:
    """One row for each fact; all values are words, because some are unknown."""
    told = [_told(facts) for facts in (target, draft)]
    return [{"fact": fact, "target": told[0][fact], "draft model": told[1][fact]} for fact in told[0]]


def _told(facts: ModelFacts) -> dict[str, str]:
    shape = facts.shape
    gated = {True: "login and licence", False: "open", None: UNKNOWN if facts.folder is None else "not needed"}
    return {
        "name": facts.name or UNKNOWN,
        "where": facts.place,
        "family": facts.family or UNKNOWN,
        "licence": facts.licence or UNKNOWN,
        "access": gated[facts.gated],
        "parameters": _number(facts.parameters),
        "weight files": f"{gigabytes(facts.disk)} ({facts.stored})" if facts.disk else UNKNOWN,
        "layers": _number(shape.layers if shape else None),
        "kv heads x size": f"{shape.kv_heads} x {shape.head_dim}" if shape else UNKNOWN,
        "embedding rows": _number(shape.rows if shape else None),
        "reads, tokens": _number(shape.reads if shape else None),
    }


def memory_panel(seen: Outlook, plan: Plan) -> None:
    """One bar against the free memory, and the sentence that says whether it fits."""
    st.markdown(
        f"**Memory for a text of {plan.tokens:,} tokens at P = {plan.capacity}, in {plan.dtype}.** "
        "*Change the numbers at the side.*",
        help="weights = parameters x bytes; cache = 2 x layers x heads x size x bytes x rows, doubled as it fills; "
        "logits = 2 (P + 1) x vocabulary x 4; working space = (P + 1) x vocabulary x 32 + mask of the prompt.",
    )
    verdict = plain(advice(seen, plan))
    if seen.estimate is None:
        st.info(verdict)
        return
    total, free = seen.estimate.total, plan.free
    (st.warning if free is not None and total > 0.8 * free else st.success)(verdict)
    parts = [(part.name, part.bytes, part.formula) for part in seen.estimate.parts]
    rows = [{"part": n, "bytes": b, "size": gigabytes(b), "how": f} for n, b, f in parts]
    rows.append({"part": "all", "bytes": total, "size": gigabytes(total), "how": "the sum"})
    chart_with_table(memory_figure(parts, free), rows, "models-memory",
                     alt=f"Memory by part, {gigabytes(total)} in all. {verdict}")  # fmt: skip


def tokens_panel(comparison: Comparison | None) -> None:
    """The tokenizer check, id by id."""
    st.markdown(
        "Both models must mean the same token by the same id, or a guess of one says nothing to the other. *Choose two "
        "embedded models, or two folders, and see every id compared before any weight is read.*"
    )
    if comparison is None:
        st.info("A tokenizer of this pair is not on this machine yet (or is no tokenizer.json); Load compares them.")
        return
    first = comparison.first
    if first is None:
        st.success(f"All {comparison.common:,} common ids mean the same token.", icon=":material/check:")
    else:
        st.warning(
            f"{comparison.differing:,} of {comparison.common:,} common ids differ. The first is id {first.where}: "
            f"{_piece(first.target)} in the target, {_piece(first.draft)} in the draft model.",
            icon=":material/warning:",
        )
    table_with_csv(token_rows(comparison), "models-tokens")
    if comparison.end_is_cut:
        st.warning("The target's end-of-text token lies beyond the common ids: runs end by length alone.")
    beyond = comparison.target_only + comparison.draft_only
    if beyond and comparison.agree:
        st.caption(
            f"{comparison.target_only:,} tokens of the target and {comparison.draft_only:,} of the draft model lie "
            "beyond the common ids; they are cut off, so neither can be written."
        )


def token_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Sizes, padding and special tokens of both sides."""
    sides = (comparison.target, comparison.draft)
    rows: list[tuple[str, list[str]]] = [
        ("tokens", [_number(side.size) for side in sides]),
        ("rows of the embedding", [_number(side.rows) for side in sides]),
        ("padding rows", [_number(side.padding) for side in sides]),
    ]
    for role in ("bos_token", "eos_token", "pad_token", "unk_token"):
        rows.append((role.replace("_", " "), [visible(side.special.get(role, UNKNOWN)) for side in sides]))
    if comparison.first is not None:
        first = comparison.first
        rows.append((f"id {first.where}, first to differ", [_shown(first.target), _shown(first.draft)]))
    return [{"of": name, "target": mine, "draft model": theirs} for name, (mine, theirs) in rows]


def _piece(piece: str | None) -> str:
    return "nothing" if piece is None else f"'{plain(_shown(piece))}'"


def _shown(piece: str | None) -> str:
    return UNKNOWN if piece is None else visible(piece)[:60]


def _files(sides: tuple[ModelFacts, ...]) -> str:
    if any(facts.problem is not None for facts in sides):
        return "something is wrong"
    absent = [facts for facts in sides if facts.folder is None]
    if not absent:
        return "here"
    sizes = [facts.disk for facts in absent if facts.disk is not None]
    return f"{gigabytes(sum(sizes))} to fetch" if len(sizes) == len(absent) else "to fetch"


def _licence(sides: tuple[ModelFacts, ...]) -> str:
    if any(facts.gated for facts in sides):
        return "login needed"
    return ", ".join(dict.fromkeys(facts.licence or "not known" for facts in sides))


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"
