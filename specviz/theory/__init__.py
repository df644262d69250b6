"""Pure mathematics of speculative decoding: distances, limits, speed-up, estimates and the list of papers."""

from specviz.theory.divergence import EntropyMoments, acceptance_rate, entropy_moments, total_variation
from specviz.theory.estimates import Estimate, bootstrap_difference, bootstrap_ratio, wilson
from specviz.theory.limits import (
    asymptotic_tokens,
    dual_bound,
    explicit_bound,
    information_bound,
    oracle_tokens,
    paper_bound,
)
from specviz.theory.references import REFERENCES, Reference
from specviz.theory.resolution import Resolution, alphabet_size, resolve, set_law
from specviz.theory.speedup import block_efficiency, speedup
from specviz.theory.transport import greedy_law, k_seq_factor, optimal_acceptance, optimal_acceptance_set

__all__ = [
    "REFERENCES",
    "EntropyMoments",
    "Estimate",
    "Reference",
    "Resolution",
    "acceptance_rate",
    "alphabet_size",
    "asymptotic_tokens",
    "block_efficiency",
    "bootstrap_difference",
    "bootstrap_ratio",
    "dual_bound",
    "entropy_moments",
    "explicit_bound",
    "greedy_law",
    "information_bound",
    "k_seq_factor",
    "optimal_acceptance",
    "optimal_acceptance_set",
    "oracle_tokens",
    "paper_bound",
    "resolve",
    "set_law",
    "speedup",
    "total_variation",
    "wilson",
]
