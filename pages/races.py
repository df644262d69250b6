"""How do shared exponential clocks make two models agree, how often, and what does a tree of drafts gain from it?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.ui.lab import Lab, close_lab, open_lab, presets
from specviz.ui.laws_source import TEXT, TOY, choose_laws
from specviz.ui.page import PageSpec
from specviz.ui.races_bounds import bounds_panel
from specviz.ui.races_family import family_panel
from specviz.ui.races_measured import measured_panel
from specviz.ui.races_one import one_race_panel
from specviz.ui.races_ranks import list_panel, rank_panel
from specviz.ui.races_tree import tree_panel

PAGE = PageSpec("Races", "Laboratory", 1, "races", ":material/timer:")
TABS = ("One race", "Ranks", "Lists of drafts", "Tree tau*", "a_r on texts", "Shapes on texts", "Bounds")
LAB = Lab(
    title="Two models race on the same clocks",
    claim=(
        "Every token gets one random **clock**; a model's **arrival time** for it is clock / probability, and the "
        "first arrival is exactly a draw from the model's law. Draft and target share the clocks, so they often choose "
        "the same token, and if not, the target's token is soon among the next arrivals. *Press New clocks and watch "
        "the rings; then run a thousand races.*"
    ),
    formula=(
        r"\begin{gathered}x=\arg\min_i \frac{E_i}{q_i},\qquad y=\arg\min_i \frac{E_i}{p_i}\\"
        r"\Pr[x=y]=\sum_i \frac{1}{\sum_j \max\left(\frac{p_j}{p_i},\frac{q_j}{q_i}\right)}\end{gathered}"
    ),
    letters={
        "p, q": "The target's and the draft's law of the next token.",
        "E_i": "Clock of token i: exponential with mean 1, the same for both models.",
        "x, y": "The draft's guess and the target's token: the first arrivals of the two races.",
        "R": "Rank: the target's token is draft number R of its position; R = 1 is a match.",
        "a_r": "Acceptance by rank: the chance that R = r.",
        "k": "Draft nodes that one target pass checks.",
    },
    attempts=(
        "One race, pair *two letters*: the match probability reaches 1 - TV, the most that any coupling can.",
        "Ranks, pair *rare and reversed*: switch between distinct drafts and repeats, and see which H[R] stays above "
        "D.",
        "Lists of drafts: one race with distinct drafts beats K races with their own clocks from K = 2 on.",
        "Tree tau*: move the nodes one by one; each new node is the same in both trees.",
        "Shapes on texts: rejection wins on sequences, the race wins on wide trees; compare dots and dotted lines.",
    ),
    assumptions=(
        "Exact for every drafter: the emitted token is the target's own race, whatever was drafted.",
        "tau*, its prediction and the bounds take ranks at successive positions as independent and alike. Real text is "
        "not like that, so the prediction is not exact; *Shapes on texts* shows by how much.",
        "The paper's own draft rank (distinct or repeated) and figures could not be read in full; both ranks are "
        "shown.",
    ),
    references=(2, 12, 14, 16, 8, 13, 19),
)
PRESETS: dict[str, dict[str, Any]] = {
    "43/62 exactly": {"races_from": TOY, "races_preset": "classic: 43/62", "races_tab": "One race"},
    "A race as good as any coupling": {"races_from": TOY, "races_preset": "two letters", "races_tab": "One race"},
    "The KL bound fails for distinct ranks": {
        "races_from": TOY, "races_preset": "rare and reversed", "races_tab": "Ranks", "races_rank": "distinct drafts",
    },
    "One race beats K races": {"races_from": TOY, "races_preset": "six letters", "races_tab": "Lists of drafts"},
    "All 1,024 tokens of a real position": {"races_from": TEXT, "races_position": 10, "races_tab": "Ranks"},
    "A prediction that is not exact": {"races_tab": "Shapes on texts"},
}  # fmt: skip


def render() -> None:
    """The frame, the laws of the sidebar, and one tab for each question; a closed tab costs nothing."""
    open_lab(LAB)
    presets("races", PRESETS)
    laws = choose_laws("races")
    one, ranks, lists, tree, measured, family, bounds = st.tabs(
        TABS, key="races_tab", on_change="rerun", bind="query-params"
    )
    if laws is not None:
        for tab, panel in ((one, one_race_panel), (ranks, rank_panel), (lists, list_panel)):
            if tab.open:
                with tab:
                    panel(laws)
    for tab, view in ((tree, tree_panel), (bounds, bounds_panel)):
        if tab.open:
            with tab:
                view(laws)
    for tab, recorded in ((measured, measured_panel), (family, family_panel)):
        if tab.open:
            with tab:
                recorded()
    close_lab(LAB)


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
