"""Pure mathematics of speculative decoding: distances, limits, speed-up, estimates and the list of papers."""

from specviz.theory.divergence import EntropyMoments, acceptance_rate, entropy_moments, total_variation
from specviz.theory.estimates import Estimate, bootstrap_ratio, wilson
from specviz.theory.limits import (
    asymptotic_tokens,
    dual_bound,
    explicit_bound,
    information_bound,
    oracle_tokens,
    paper_bound,
)
from specviz.theory.references import REFERENCES, Reference
from specviz.theory.speedup import block_efficiency, speedup

__all__ = [
    "REFERENCES",
    "EntropyMoments",
    "Estimate",
    "Reference",
    "acceptance_rate",
    "asymptotic_tokens",
    "block_efficiency",
    "bootstrap_ratio",
    "dual_bound",
    "entropy_moments",
    "explicit_bound",
    "information_bound",
    "oracle_tokens",
    "paper_bound",
    "speedup",
    "total_variation",
    "wilson",
]
