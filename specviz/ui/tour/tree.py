"""Step 5: the most probable beginnings, as a tree that grows with P."""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.tour.tree import order_figure
from specviz.theory import block_efficiency
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import SOUNDS, Toy, best_tree, reach, spelled

MOST, DEPTH, GOAL = 24, 8, 3


def _panel(toy: Toy) -> Outcome:
    capacity = int(
        st.slider("Capacity P", 1, MOST, 6, key="tour_capacity", bind="query-params", help=define("capacity"))
    )
    tree, order = best_tree(toy, capacity, DEPTH)
    walks = reach(tree, toy.p)
    believed, won = float(tree.path_prob.sum()), float(walks.sum())
    chain = block_efficiency(toy.agreement, tree.size)
    deepest = int(tree.depth.max())
    metric_row(
        {
            "tokens per pass": (
                f"{won:.2f}",
                "1 + the sum over nodes of the chance that the target walks there; exact.",
            ),
            "as the draft believes": (f"{believed:.2f}", "The same sum with the draft's own path probabilities."),
            "a chain of as many": (f"{chain:.2f}", "Tokens per pass of a chain with P guesses, judged by coins."),
            "depth": (f"{deepest}", define("depth")),
        }
    )
    rows = [
        {"joins as": place, "beginning": spelled(tree, int(node)), "path probability, draft": tree.path_prob[node],
         "target walks there": walks[node]}
        for place, node in enumerate(order, start=1)
    ]  # fmt: skip
    names = ["", *(SOUNDS[int(token)] for token in tree.token[1:])]
    chart_with_table(
        order_figure(tree, order.tolist(), names, walks.tolist()), rows, "tour-tree",
        alt="The draft tree; each node carries its sound and the number with which it joined as P grew.",
    )  # fmt: skip
    last = int(order[-1])
    st.caption(
        f"Number {len(order)} is *{spelled(tree, last)}* (ringed): the most probable beginning that was left out so "
        f"far, with {tree.path_prob[last]:.3f}. Dots are as large as their path probability."
    )
    return Outcome(
        deepest >= GOAL,
        f"With P = {tree.size} the tree is {deepest} deep; depth {GOAL} is wanted. Move P up and watch the ring.",
        f"{tree.size} nodes give {won:.2f} tokens per pass. {_against(won, chain, int(np.max(tree.depth)))}",
        {
            "drafter": "Best first",
            "verifier": "Sample and look",
            "P": 2 ** max(0, round(np.log2(tree.size))),
            "depth": 8,
        },
    )


def _against(won: float, chain: float, layers: int) -> str:
    """Tree or chain, for the laws as they stand."""
    if chain > won:
        return (
            f"A chain of as many would give {chain:.2f} here, at a draft pass for each guess instead of {layers}: "
            "chains win while the models agree. Press *Strangers* and look again."
        )
    return f"A chain of as many would give only {chain:.2f}: where the models disagree, hedging wins."


STEP = Step(
    name="Tree",
    title="A tree of guesses",
    shows="A tree hedges: it holds the P most probable beginnings of what may come.",
    task="Grow P until the tree reaches depth 3.",
    words=(
        "One pass may also check several guesses for the *same* place. Which beginnings deserve the P nodes? The "
        "chance of *da la* is the product of its sounds' chances, so take the P most probable ones. The numbers show "
        "in which order they join; none ever leaves.\n\nThe target then draws its own sounds and walks down the tree "
        "for as long as it finds them. No coin is needed: what it draws follows its law by itself."
    ),
    formula=r"\mathbb{E}[\text{tokens}]=1+\sum_{v}\;\prod_{x\text{ on the way to }v}p(x)",
    letters={
        "v": "A node of the draft tree; it stands for the beginning that leads to it.",
        "x": "A sound on the way from the root to v.",
        "p": "The target's law.",
    },
    panel=_panel,
    door=("decode", "A real tree with this strategy"),
    references=(10, 1),
)
