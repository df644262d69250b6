"""Which way to run a model: the fastest one that fits it and gives the plain module's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from specviz.models.hf import HFModel
from specviz.models.paths.base import Forward, PlainForward
from specviz.models.paths.fused import FusedForward
from specviz.models.paths.graphs import GraphForward
from specviz.models.paths.linears import packed_where_large
from specviz.models.paths.packed import packed_module
from specviz.models.preflight.memory import free_memory
from specviz.models.preflight.self_check import check_tree_pass
from specviz.models.preflight.troubles import first_line

ALL_PATHS = ("graphs", "fused", "packed")
Attempt = tuple[str, Callable[[], Forward]]


def fastest(model: HFModel, wanted: Sequence[str] = ALL_PATHS) -> HFModel:
    """The same model on the first of the fast ways that can be built and passes the tree check; else as it was.

    `refused` of the result says why a way was not taken. Nothing here can break a model: whatever a way raises, the
    next one is tried, and the plain module is always there.
    """
    refused: list[str] = []
    for name, build in _attempts(model, wanted):
        try:
            tried = replace(model, forward=build())
            check_tree_pass(tried, name)
        except Exception as error:  # private operations and unknown families fail in ways of their own
            refused.append(f"not {name}: {first_line(error)}")
            continue
        note = tried.forward.note if isinstance(tried.forward, GraphForward) else ""
        return replace(tried, refused=(*refused, *([note] if note else [])))
    return replace(model, refused=tuple(refused))


def _attempts(model: HFModel, wanted: Sequence[str]) -> Iterator[Attempt]:
    """Ways by falling speed; what needs a second copy of the weights only where there is room for it."""
    module = model.module
    weights = sum(parameter.numel() * parameter.element_size() for parameter in module.parameters())
    free = free_memory("cpu")
    pack = "packed" in wanted and model.device.type == "cpu" and (free is None or 2 * weights < free)
    if "graphs" in wanted and model.device.type == "cuda":
        yield "graphs", lambda: GraphForward(FusedForward(module))
    if "fused" in wanted and pack:
        yield "fused, packed", lambda: FusedForward(module, packed_where_large)
    if "fused" in wanted:
        yield "fused", lambda: FusedForward(module)
    if pack:
        yield "packed", lambda: PlainForward(packed_module(module), "packed")
