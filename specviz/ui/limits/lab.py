"""What the Limits page says about itself: claim, formula, attempts, assumptions, surprising cases."""

from __future__ import annotations

from specviz.ui.glossary import define
from specviz.ui.lab import Lab
from specviz.ui.limits.curves import DUAL, EXPLICIT, PAPER, RACE, SHORT

ALL = "all kinds"
LAB = Lab(
    title="How many tokens can one pass win?",
    claim="A tree of P guesses, drawn without the target's coin flips, wins tokens that grow like **log P**: each "
    "doubling of P buys about the same few more. Every point below is measured on real runs; the dashed lines are "
    "ceilings, and the dotted one is the *oracle*, which drafts with the target's own law.",
    formula=r"\begin{gathered}\mathbb{E}[X] \;\le\; B^*(P) = \min_t\{G(t) + P e^{-t}\} \\"
    r"B^*(P) \;\overset{\text{i.i.d.}}{\le}\; T_1(P) = C + \tfrac{1}{\mu}\log(1 + \mu(P - C))\end{gathered}",
    letters={
        "X": "Tokens won by one target pass, the closing token included.",
        "P": "Positions in the pass. In these formulas the root counts; the switch at the side changes the axis.",
        r"\mu": define("mu"),
        "C": "mu2 / mu^2: how many tokens pass before the straight line begins; mu2 is the mean of sum p log^2 p.",
        "t": "A threshold on surprise: only prefixes of probability at least e^-t are worth a place in the tree.",
        "G(t)": "Sum over prefixes of what their probability w exceeds e^-t by, averaged over the text.",
        "T_1": "The same ceiling in closed form, for laws that are independent from prefix to prefix.",
        "B^*": "The dual bound: exact when the budget P only has to hold on average.",
        "A": "Asymptotic value, log(mu P) / mu + mu2 / (2 mu^2): where the curve goes for large P; no bound.",
    },
    attempts=(
        "Choose *code*, then *story*: the surer the target, the steeper the line, because its slope is 1 / mu.",
        "Add *log(P) / mu*: the oracle is above it at small P. Whoever quotes it as a ceiling is wrong.",
        "Add the *paper's leading term* and show the whole axis: the right growth, but several times too steep.",
        "Read off P = 1: a sampled guess judged by rejection wins more than the oracle's best guess, because it "
        "may use the draft's own coin. The ceilings are not made for it.",
        "Open the toy and move P: the frontier of the tree moves down by log 2 for each doubling.",
    ),
    assumptions=(
        "The ceilings hold for trees drawn without the target's randomness and checked by looking: best first and the "
        "oracle. Sampled drafts that are judged by rejection, and shared races, may exceed them.",
        "T1, A and the paper's bound take laws to be independent from prefix to prefix. B* and the certificate do not; "
        "but B* averages over all starts of the text, and a run starts more often where the text is hard.",
        "A pass is taken to cost the same for 1 and for P positions.",
        "At temperature 0 the entropy is 0 and none of the bounds says anything; no such study is offered.",
    ),
    references=(1, 2, 10, 20, 21),
)
STUDY = {"limits_study": "temperature 1.0", "limits_part": "Tokens against P"}
CASES = {
    "log(P) / mu is no ceiling": STUDY
    | {"limits_kind": "story", "limits_theory": [DUAL, SHORT], "limits_P": 16, "limits_whole": False},
    "The paper's slope": STUDY | {"limits_kind": ALL, "limits_theory": [DUAL, EXPLICIT, PAPER], "limits_whole": True},
    "One sampled guess beats the oracle's": STUDY
    | {"limits_kind": ALL, "limits_theory": [DUAL, RACE], "limits_P": 1, "limits_trees": True, "limits_whole": False},
    "Sure text, long thin trees": {
        "limits_part": "A toy: branching random walk",
        "limits_toy_source": "code-like",
        "limits_toy_P": 64,
    },
}
