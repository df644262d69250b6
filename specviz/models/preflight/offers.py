"""The curated pairs that this server loads. No torch, no net."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from specviz.models.preflight.allowed import require_allowed, require_size
from specviz.models.preflight.curated import MODELS
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.troubles import ModelError
from specviz.policy import Policy, policy

Pairs = Mapping[str, tuple[str, str]]


def offered(pairs: Pairs) -> dict[str, tuple[str, str]]:
    """Those of the named pairs that this server loads."""
    return {label: names for label, names in pairs.items() if all(_is_allowed(name, policy()) for name in names)}


@lru_cache(maxsize=1024)
def _is_allowed(name: str, _: Policy) -> bool:
    try:
        require_allowed(name)
        if policy().largest_model:
            require_size(name, MODELS[name].parameters if name in MODELS else facts_of(name).parameters)
    except ModelError:
        return False
    return True
