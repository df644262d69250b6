"""Clocks and shared races: counter-based noise, exact rank laws, the best rank tree, and races as volumes."""

from specviz.race.clocks import CLOCK, COIN, DRAFT, PICK, Stream, exponentials, uniforms
from specviz.race.laws import (
    MatchBounds,
    RankEntropyBounds,
    list_matching_bound,
    match_bounds,
    match_probability,
    rank_entropy_bounds,
    rank_law,
)
from specviz.race.regions import ClockRegion
from specviz.race.tree import RankTree, race_bound, tau_star

__all__ = [
    "CLOCK",
    "COIN",
    "DRAFT",
    "PICK",
    "ClockRegion",
    "MatchBounds",
    "RankEntropyBounds",
    "RankTree",
    "Stream",
    "exponentials",
    "list_matching_bound",
    "match_bounds",
    "match_probability",
    "race_bound",
    "rank_entropy_bounds",
    "rank_law",
    "tau_star",
    "uniforms",
]
