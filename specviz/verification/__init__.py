"""Acceptance algorithms, one file each, and the tree walk that most of them share."""

from specviz.verification.base import VERIFIERS, make_verifier, why_not

__all__ = ["VERIFIERS", "make_verifier", "why_not"]
