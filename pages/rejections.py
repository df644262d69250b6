"""How many rejections must there be, and what does giving up exactness buy?"""

from __future__ import annotations

from typing import Any

from specviz.ui.lab import Lab, close_lab, open_lab, presets, sections
from specviz.ui.page import PageSpec
from specviz.ui.rejections.block import block_section
from specviz.ui.rejections.chain import batch_section, sum_section
from specviz.ui.rejections.quality import quality_section, speed_section

PAGE = PageSpec("Rejections", "Laboratory", 4, "rejections", ":material/block:")
SECTIONS = {
    "The sum": sum_section,
    "More drafts": batch_section,
    "Looking ahead": block_section,
    "Exactness": quality_section,
    "Speed": speed_section,
}
LAB = Lab(
    title="How many rejections must there be?",
    claim="Judged token by token, a guess fails with chance TV(p, q) at its position, so **the expected number of "
    "rejections is the sum of these distances along the target's own text**: the length of the chain cannot change it, "
    "a better draft can. Three roads lead below: more drafts at a fresh start, judging a chain as a whole, and "
    "no longer being exact.",
    formula=r"\mathbb{E}[N]=\sum_{n=1}^{T}\mathbb{E}_{x_{<n}\sim p}[\mathrm{TV}(p_n,q_n)]",
    letters={
        "N": "Number of rejected guesses; each costs one more target pass.",
        "T": "Tokens of the text.",
        "x_{<n}": "The text before position n, which follows the target's law because the rule is exact.",
        "p_n": "The target's law of the token at position n, given the text before it.",
        "q_n": "The draft's law of the token at position n, given the same text.",
        r"\mathrm{TV}": "Total variation: half the sum of |p - q|, between 0 and 1.",
    },
    attempts=(
        "On *The sum*, change the kind of prompt: code is harder for this draft than sums. Does the count follow?",
        "On *More drafts*, set M to 64. Which of the two colours is left, and why?",
        "On *Looking ahead*, set both chances to the same value, then to 0 and 1: where can looking ahead not help?",
        "On *Exactness*, go from ε = 0 to 0.01 and read the texts. Is the TV lost a good measure of harm?",
        "On *Speed*, find the cost ratio at which not drafting at all is best.",
    ),
    assumptions=(
        "The sum counts positions at which a guess was examined; the closing token of a chain that was accepted whole "
        "was not, and is left out on both sides.",
        "The lower bound holds for exact rules that accept a guess by the text before it and that guess alone, not for "
        "rules that look at later guesses.",
        "*More drafts* follows one algorithm, checked against its enumeration; whether a batch can do better is open.",
        "reject + loss = TV holds at one position. Along a text the losses shift what comes next, which the texts "
        "show and the formula does not.",
        "Intervals resample runs of twelve prompts; they say nothing about other prompts or other pairs.",
    ),
    references=(4, 5, 6, 15, 23),
)
PRESETS: dict[str, dict[str, Any]] = {
    "Below the bound": {"rejections_part": "Looking ahead", "rejections_p": 0.33, "rejections_q": 0.67},
    "64 drafts": {"rejections_part": "More drafts", "rejections_M": 64, "rejections_V": 7},
    "A hundredth of slack": {"rejections_part": "Exactness", "rejections_eps": 0.01},
    "Accept everything": {"rejections_part": "Exactness", "rejections_eps": 1.0},
    "Free drafts": {
        "rejections_part": "Speed", "rejections_hand": True, "rejections_alpha": 0.66, "rejections_c": 0.0,
    },
    "Costly drafts": {
        "rejections_part": "Speed", "rejections_hand": True, "rejections_alpha": 0.66, "rejections_c": 1.0,
    },
}  # fmt: skip


def render() -> None:
    """The claim, one section at a time, and what it rests on."""
    open_lab(LAB)
    presets("rejections", PRESETS)
    sections("rejections", SECTIONS)
    close_lab(LAB)


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
