"""The eight steps in their order."""

from __future__ import annotations

from specviz.ui.tour import chain, coin, laws, limit, optimum, race, tree, why

STEPS = tuple(module.STEP for module in (why, laws, coin, chain, tree, race, optimum, limit))
