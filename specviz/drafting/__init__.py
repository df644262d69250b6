"""Strategies that grow a draft tree, one file each."""

from specviz.drafting.base import DRAFTERS, make_drafter

__all__ = ["DRAFTERS", "make_drafter"]
