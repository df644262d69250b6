"""How do shared exponential clocks make two models agree, how often, and what does a tree of drafts gain from it?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from specviz.ui.lab import Lab, close_lab, open_lab, presets, sections
from specviz.ui.laws_source import TEXT, TOY, Laws, choose_laws
from specviz.ui.page import PageSpec
from specviz.ui.races.bounds import bounds_panel
from specviz.ui.races.family import family_panel
from specviz.ui.races.measured import measured_panel
from specviz.ui.races.one import one_race_panel
from specviz.ui.races.ranks import list_panel, rank_panel
from specviz.ui.races.tree import tree_panel

PAGE = PageSpec("Races", "Laboratory", 1, "races", ":material/timer:")
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
        "A rank may count distinct drafts or repeats; both are shown, because only the second is bounded by D.",
    ),
    references=(2, 12, 14, 16, 8, 13, 19),
)
PRESETS: dict[str, dict[str, Any]] = {
    "43/62 exactly": {"races_from": TOY, "races_preset": "classic: 43/62", "races_part": "One race"},
    "A race as good as any coupling": {"races_from": TOY, "races_preset": "two letters", "races_part": "One race"},
    "The KL bound fails for distinct ranks": {
        "races_from": TOY, "races_preset": "rare and reversed", "races_part": "Ranks", "races_rank": "distinct drafts",
    },
    "One race beats K races": {"races_from": TOY, "races_preset": "six letters", "races_part": "Lists of drafts"},
    "All 1,024 tokens of a real position": {"races_from": TEXT, "races_position": 10, "races_part": "Ranks"},
    "A prediction that is not exact": {"races_part": "Shapes on texts"},
}  # fmt: skip


def render() -> None:
    """The frame, the laws of the sidebar, and one tab for each question; a closed tab costs nothing."""
    open_lab(LAB)
    presets("races", PRESETS)
    laws = choose_laws("races")
    panels: dict[str, Callable[[], None]] = {
        "One race": partial(_with, laws, one_race_panel),
        "Ranks": partial(_with, laws, rank_panel),
        "Lists of drafts": partial(_with, laws, list_panel),
        "Tree tau*": partial(tree_panel, laws),
        "a_r on texts": measured_panel,
        "Shapes on texts": family_panel,
        "Bounds": partial(bounds_panel, laws),
    }
    sections("races", panels)
    close_lab(LAB)


def _with(laws: Laws | None, panel: Callable[[Laws], None]) -> None:
    """Nothing where there are no laws: the control at the side says why."""
    if laws is not None:
        panel(laws)


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
