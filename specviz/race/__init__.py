"""Clocks and shared races: counter-based noise, exact rank laws, trees of ranks, and races as volumes."""

from specviz.race.clocks import CLOCK, COIN, DRAFT, PICK, Stream, exponentials, uniform, uniforms
from specviz.race.fields import list_matching_probability
from specviz.race.laws import MatchBounds, RankEntropyBounds, match_bounds, match_probability, rank_entropy_bounds
from specviz.race.lists import attempt_law, list_matching_bound
from specviz.race.parse import ParseTree, large_budget, leaf_bound, tunstall
from specviz.race.ranks import EntropyRange, rank_entropy, rank_law, repeated_rank_entropy
from specviz.race.regions import ClockRegion
from specviz.race.shapes import SHAPES, rank_shape, shape_reach
from specviz.race.simulate import simulated_ranks
from specviz.race.tree import RankTree, race_bound, tau_star

__all__ = [
    "CLOCK",
    "COIN",
    "DRAFT",
    "PICK",
    "SHAPES",
    "ClockRegion",
    "EntropyRange",
    "MatchBounds",
    "ParseTree",
    "RankEntropyBounds",
    "RankTree",
    "Stream",
    "attempt_law",
    "exponentials",
    "large_budget",
    "leaf_bound",
    "list_matching_bound",
    "list_matching_probability",
    "match_bounds",
    "match_probability",
    "race_bound",
    "rank_entropy",
    "rank_entropy_bounds",
    "rank_law",
    "rank_shape",
    "repeated_rank_entropy",
    "shape_reach",
    "simulated_ranks",
    "tau_star",
    "tunstall",
    "uniform",
    "uniforms",
]
