"""tau* node by node beside Tunstall's parsing tree, and what more nodes bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from specviz.engine.races.ranks import mean_ranks
from specviz.figures.races.tree import budget_figure, parse_tree_figure, rank_tree_figure
from specviz.race import (
    EntropyRange,
    RankTree,
    large_budget,
    leaf_bound,
    race_bound,
    rank_entropy,
    tau_star,
    tunstall,
)
from specviz.records.files import TraceError
from specviz.ui.glossary import define
from specviz.ui.laws_source import Laws
from specviz.ui.layout import metric_row, two_pictures
from specviz.ui.library import recorded_table
from specviz.ui.races.ranks import DEEP, distinct_law
from specviz.ui.tables import chart_with_table

LAWS, TEXTS, SLIDERS = "the laws of the sidebar", "the measured texts", "sliders"
SHOWN = 40  # nodes of the two trees
LARGEST = 1024  # of the curve
DRAWN_RANKS = 5  # letters of the parsing tree that are drawn one by one
RANKS_TABLE = "race_family_ranks_1.0"


@dataclass(frozen=True)
class Acceptance:
    """a_r by falling chance, the number of ranks there are, and the entropy of the rank."""

    chances: np.ndarray
    vocabulary: int
    entropy: EntropyRange
    source: str


def tree_panel(laws: Laws | None) -> None:
    """The two trees, the nodes, and the curve."""
    st.markdown(
        "If ranks at successive positions were independent with chances a_1, a_2, ..., a node would be reached with "
        "the **product of the a_r along its path**. tau* takes the nodes of largest reach, one after the other. "
        "Tunstall's coder splits the most probable leaf, one after the other: **the same tree**. *Move the slider by "
        "one node.*"
    )
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        source = st.selectbox(
            "a_r from", [LAWS, TEXTS, SLIDERS], key="races_ar", bind="query-params", help=define("acceptance by rank")
        )
    with right:
        nodes = st.slider(
            "Draft nodes k", 0, SHOWN, 8, key="races_nodes", bind="query-params", help=define("draft nodes")
        )
    acceptance = _acceptance(source, laws)
    if acceptance is None:
        return
    tree = tau_star(acceptance.chances, LARGEST)
    _trees(acceptance, tree, int(nodes))
    _numbers(acceptance, tree, int(nodes))
    _curve(acceptance, tree, int(nodes))


def _acceptance(source: str, laws: Laws | None) -> Acceptance | None:
    if source == SLIDERS:
        first, ratio = st.columns(2)
        start = first.slider("a_1", 0.05, 0.99, 0.6, 0.01, key="races_a1", bind="query-params",
                             help="Acceptance of the first draft.")  # fmt: skip
        fall = ratio.slider("a_2 / a_1 = a_3 / a_2 = ...", 0.05, 0.95, 0.4, 0.05, key="races_fall", bind="query-params",
                            help="How fast acceptance falls from rank to rank.")  # fmt: skip
        chances = float(start) * float(fall) ** np.arange(DEEP)
        room = np.maximum(0.0, 1 - np.concatenate([[0.0], np.cumsum(chances)[:-1]]))
        chances = np.sort(np.minimum(chances, room))[::-1]
        return Acceptance(chances, 1024, rank_entropy(chances, 1024), "sliders; what they leave of 1 is one last rank")
    if source == TEXTS:
        try:
            table = recorded_table(RANKS_TABLE)
        except TraceError as error:
            st.error(f"{error} Record it with `python -m specviz races`.", icon=":material/error:")
            return None
        chances = np.array(mean_ranks(table.rows())["ERSD"])
        size = int(table.settings["vocabulary"])
        return Acceptance(
            np.sort(chances)[::-1], size, rank_entropy(chances, size), "mean over all recorded texts, T = 1"
        )
    if laws is None:
        st.info("Choose laws in the sidebar, or take a_r from the measured texts.")
        return None
    chances = distinct_law(laws.target, laws.draft, DEEP)
    size = len(laws.target)
    return Acceptance(np.sort(chances)[::-1], size, rank_entropy(chances, size), "rank law of the laws of the sidebar")


def _trees(acceptance: Acceptance, tree: RankTree, nodes: int) -> None:
    """The first nodes of tau*, and the parsing tree after as many splits and one, that of the root."""
    size = min(nodes, len(tree.parent) - 1)
    shown = RankTree(tree.parent[: size + 1], tree.rank[: size + 1], tree.reach[: size + 1])
    chances = acceptance.chances
    letters = max(DRAWN_RANKS, int(shown.rank.max()) + 1)
    parse = tunstall(chances[: min(letters, int((chances > 0).sum()))], size + 1)
    rows = [
        {"node": node, "ranks": ".".join(map(str, _ranks(shown, node))), "parent": int(shown.parent[node]),
         "rank": int(shown.rank[node]), "reach": float(shown.reach[node]),
         "expected accepted so far": float(shown.reach[1 : node + 1].sum())}
        for node in range(1, size + 1)
    ]  # fmt: skip
    left, right = two_pictures("races-trees")
    with left:
        st.markdown("**Rank tree tau***: a node says which arrival of its race it carries.")
        alt = f"tau* with {size} draft nodes; the last one is ringed."
        chart_with_table(rank_tree_figure(shown), rows or [{"node": "none", "reach": 0.0}], "tau-star", alt=alt)
    words = [
        {"word": ".".join(map(str, _letters(parse.parent, parse.letter, node))) or "root",
         "chance": float(parse.chance[node]), "split": node in set(parse.split)}
        for node in range(len(parse.parent))
    ]  # fmt: skip
    with right:
        st.markdown("**Parsing tree**: its leaves are the words in which a pass can end.")
        alt = f"Parsing tree after {len(parse.split)} splits; the node split last is ringed."
        chart_with_table(parse_tree_figure(parse), words, "parse-tree", alt=alt)
    same = np.allclose(np.sort(parse.chance[list(parse.split)]), np.sort(shown.reach))
    st.caption(
        f"a_r: {acceptance.source}; a_1 to a_5 = "
        + ", ".join(f"{a:.4f}" for a in chances[:5])
        + ". Nodes split on the "
        f"right: the root and {len(parse.split) - 1} more; they are {'the very nodes' if same else 'not the nodes'} of "
        f"the left tree. Mean word length {parse.expected_length:.4f} = expected tokens "
        f"{1 + shown.reach[1:].sum():.4f}. All later ranks of a node are drawn as one leaf."
    )


def _numbers(acceptance: Acceptance, tree: RankTree, nodes: int) -> None:
    kept = float(tree.reach[1 : nodes + 1].sum())
    entropy, size = acceptance.entropy.low, acceptance.vocabulary
    bits = f"{entropy / np.log(2):.3f}"
    if acceptance.entropy.high > entropy + 5e-4:
        bits += f" to {acceptance.entropy.high / np.log(2):.3f}"
    shown = {
        "expected accepted": (f"{kept:.4f}", "Sum of reach over the draft nodes: what products of a_r predict."),
        "expected tokens": (f"{1 + kept:.4f}", "Accepted and the closing token: the mean word length."),
        "H[R], bits": (bits, define("rank entropy")),
    }
    certain = entropy < 1e-9 or size < 2
    if not certain:
        shown["bound"] = (
            f"{race_bound(nodes, size, entropy):.4f}",
            f"(log V + log(k + 1)) / H[R], expected tokens, V = {size:,}. Most of it is log V.",
        )
        shown["sharper bound"] = (
            f"{leaf_bound(nodes, size, entropy):.4f}",
            "log(1 + (k + 1)(V - 1)) / H[R]: the exact number of leaves; hardly less where V is large.",
        )
    metric_row(shown)
    if certain:
        st.info("The rank is certain, so no bound limits the tree: every further node of a sequence is accepted.")


def _curve(acceptance: Acceptance, tree: RankTree, nodes: int) -> None:
    entropy = acceptance.entropy.low
    size = len(tree.parent) - 1
    grid = np.unique(np.round(2 ** np.linspace(0, 10, 41)).astype(int))
    grid = grid[grid <= size]
    if entropy < 1e-9 or not len(grid):
        return
    tokens = tree.reach.cumsum()[grid]
    ceilings = {
        "bound (log V + log(k + 1)) / H": race_bound(grid, acceptance.vocabulary, entropy),
        "sharper bound, exact number of leaves": leaf_bound(grid, acceptance.vocabulary, entropy),
        "formula for many nodes": large_budget(grid, acceptance.chances),
    }
    rows = [
        {"k": int(k), "tau*": float(tokens[i])} | {name: float(values[i]) for name, values in ceilings.items()}
        for i, k in enumerate(grid)
    ]
    st.markdown(
        "**What more nodes bring.** In the long run each doubling of k adds 1 / H[R] tokens, H[R] in bits, and so do "
        "the bounds. *A rank that is easier to foresee makes a steeper line.*"
    )
    lines = {name: values.tolist() for name, values in ceilings.items()}
    figure = budget_figure(grid.tolist(), tokens.tolist(), lines, max(1, nodes))
    chart_with_table(figure, rows, "budget", alt="Expected tokens of tau* against its nodes, with two bounds.")
    st.caption(
        "The formula for many nodes, log(k + 1) / H + log(H) / H + sum of a_r log^2 a_r / (2 H^2), is no bound; it is "
        "good where k is large. The bounds hold when ranks are independent and alike, and count V possible ranks."
    )


def _ranks(tree: RankTree, node: int) -> list[int]:
    return _letters(tree.parent, tree.rank, node)


def _letters(parent: np.ndarray, letter: np.ndarray, node: int) -> list[int]:
    word: list[int] = []
    while node > 0:
        word.append(int(letter[node]))
        node = int(parent[node])
    return word[::-1]
