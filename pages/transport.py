"""With k drafts at one position, what acceptance is possible, and what does each verifier get?"""

from __future__ import annotations

from specviz.ui.lab import Lab, close_lab, open_lab, presets, sections
from specviz.ui.page import PageSpec
from specviz.ui.transport.flow import flow_section
from specviz.ui.transport.one import curves_section, set_section
from specviz.ui.transport.texts import texts_section

PAGE = PageSpec("Transport", "Laboratory", 3, "transport", ":material/swap_horiz:")
SECTIONS = {
    "Acceptance": curves_section,
    "The set H": set_section,
    "The plan": flow_section,
    "Over texts": texts_section,
}
LAB = Lab(
    title="What can k drafts at one position reach?",
    claim="Keeping a draft means coupling two laws, and **the best coupling is a transport problem whose value one "
    "sort and one scan give exactly**, even for a whole vocabulary. It depends on how the drafts are drawn; some "
    "verifiers reach it, and the page shows what the others leave.",
    formula=r"\alpha^*=1+\min_{H}\bigl(p(H)-Q(H)\bigr)",
    letters={
        r"\alpha^*": "The optimum: the largest chance that the output token is one of the drafts, for any exact rule.",
        "H": "A set of tokens; the minimum is over all sets. For drawn drafts, tokens of the largest q / p attain it.",
        "p(H)": "The target's mass of H.",
        "Q(H)": "Chance that all k drafts lie in H; for independent drafts q(H) to the power k.",
        "p": "The target's law of the next token.",
        "q": "The draft's law of the next token.",
    },
    attempts=(
        "On *Acceptance*, show the rules for drafts that are *without replacement*: where do they reach 1?",
        "Choose *equal laws*: sample and look, which reads no draft probability, wins least where all others win all.",
        "On *The set H*, raise k. Which tokens join H, and when does its hold on the optimum end?",
        "On *The plan*, find a set of drafts that sends probability to a token it does not hold.",
        "On *Over texts*, compare k = 2 and k = 5: does the gap to the optimum grow or shrink?",
    ),
    assumptions=(
        "One position: the optimum says nothing about whole trees, for which the best exact rule is not known.",
        "Accepted means: the token put out is one of the drafts, even if the rule drew it only by luck.",
        "Different ways to draw have different optima; no way is best for every pair of laws.",
        "Numbers are exact sums, to 1e-9; recursive rejection without replacement to 5e-6, the shared race to 1e-5.",
        "The relaxed rule is not exact and may lie above every optimum; it is listed at k = 1.",
        "K-SEQ stands with its smallest safe factor. A larger one is exact too: its tests keep fewer drafts, but its "
        "replacement may hit one, and the sum may rise.",
    ),
    references=(3, 26, 7, 27, 18, 14, 2),
)
TOY = "a toy pair"
PRESETS = {
    "Reversed order": {"transport_from": TOY, "transport_preset": "reversed order", "transport_k": 2},
    "No repeats reach 1": {
        "transport_from": TOY, "transport_preset": "reversed order", "transport_k": 3,
        "transport_part": "Acceptance", "transport_drawn": ["without_replacement", "greedy"],
    },
    "Top tokens miss": {
        "transport_from": TOY, "transport_preset": "six letters", "transport_k": 2,
        "transport_part": "Acceptance", "transport_drawn": ["iid", "greedy"],
    },
    "Equal laws": {
        "transport_from": TOY, "transport_preset": "equal laws", "transport_k": 2, "transport_part": "Acceptance",
        "transport_drawn": ["iid"],
    },
    "K-SEQ, larger factor": {
        "transport_from": TOY, "transport_preset": "two letters", "transport_k": 2, "transport_part": "Acceptance",
        "transport_drawn": ["iid"], "transport_factor": 0.5,
    },
    "A real position": {
        "transport_from": "a position of a text", "transport_position": 100, "transport_k": 3,
        "transport_part": "Acceptance", "transport_drawn": ["iid", "without_replacement"],
    },
}  # fmt: skip


def render() -> None:
    """The claim, one section at a time, and what it rests on."""
    open_lab(LAB)
    presets("transport", PRESETS)
    sections("transport", SECTIONS)
    close_lab(LAB)


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
