"""Before any weights are read: where each model of a pair goes, in which numbers, and whether there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from specviz.models.loading import choose_dtype, choose_places
from specviz.models.preflight.memory import Size, cache_bytes, free_memory, gigabytes, require_fit
from specviz.models.preflight.places import Places, shares
from specviz.models.preflight.room import CAPACITY, LEAST_CAPACITY, LEAST_TOKENS, TOKENS, Need
from specviz.models.preflight.shape import Shape, shape_of
from specviz.models.preflight.troubles import shown


@dataclass(frozen=True)
class LoadPlan:
    """places: of both models.  dtypes: of target and draft.  note: a line about the memory.

    spread: bytes that a split target may take of each card, else None.
    """

    places: Places
    dtypes: tuple[torch.dtype, torch.dtype]
    note: str
    spread: dict[int, int] | None = None

    @property
    def dtype(self) -> str:
        """Number format for the record; two names where the models differ."""
        return ",".join(dict.fromkeys(str(kind).removeprefix("torch.") for kind in self.dtypes))


def weigh(names: Sequence[str], configs: Sequence[Any], counts: Sequence[int], device: str, dtype: str) -> LoadPlan:
    """The plan for a pair of these names, configurations and numbers of parameters.

    A standard run (512 tokens at P = 32) decides on which cards the models go. ModelError where the weights, or the
    smallest run besides them, cannot fit.
    """
    shapes = [shape_of(config.to_dict()) for config in configs]
    first = choose_places(device, 0, 0)  # which numbers depends on the kind of device only
    width = choose_dtype(dtype, first.target).itemsize
    bytes_ = [count * width + _cache(shape, width) for count, shape in zip(counts, shapes, strict=True)]
    places = choose_places(device, bytes_[0], bytes_[1])
    kinds = choose_dtype(dtype, places.target), choose_dtype(dtype, places.draft)
    weights = [count * kind.itemsize for count, kind in zip(counts, kinds, strict=True)]
    least = _least(counts, shapes, kinds[0])
    titles = [shown(name) for name in names]
    free = free_memory(places.name)
    if places.together or places.split:
        require_fit(sum(weights), free, f"{titles[0]} and {titles[1]}", least)
    else:
        for title, place, needed in zip(titles, (places.target, places.draft), weights, strict=True):
            require_fit(needed, free_memory(place), f"On {place} the weights of {title}", least)
    note = f"{gigabytes(sum(weights))} of weights" + (f", {gigabytes(free)} free" if free else "")
    if not places.together:
        note += f", on {places.name}"
    cards = range(torch.cuda.device_count()) if places.split else ()
    spread = shares(bytes_[1], [free_memory(f"cuda:{card}") or 0 for card in cards]) if places.split else None
    return LoadPlan(places, kinds, note, spread)


def is_spread(module: Any) -> bool:
    """Whether a module's layers lie on more than one device."""
    return len(set((getattr(module, "hf_device_map", None) or {}).values())) > 1


def _cache(shape: Shape | None, width: int) -> int:
    return 0 if shape is None else cache_bytes(shape, TOKENS + CAPACITY, width)


def _least(counts: Sequence[int], shapes: Sequence[Shape | None], kind: torch.dtype) -> int:
    """Bytes of the smallest run besides the weights, 0 where the sizes are not known."""
    target, draft = shapes
    if target is None or draft is None:
        return 0
    sizes = Size("", counts[0], target), Size("", counts[1], draft)
    return Need(*sizes, str(kind).removeprefix("torch."), LEAST_TOKENS, LEAST_CAPACITY).bytes()
