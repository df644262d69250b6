"""What this server has: cores, memory, devices and versions. Nothing is imported to find out."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from specviz.models.preflight.memory import free_memory

DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Machine:
    """cores: logical.  free: bytes for a new pair on the CPU.  devices: what a pair can be put on, auto first.

    With several cards also one for each model, and `split`: the target's layers over all of them.
    """

    cores: int
    free: int | None
    devices: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]


def machine() -> Machine:
    """This server as it is now."""
    cards = len(list(Path("/proc/driver/nvidia/gpus").glob("*")))
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    devices = ("auto", "cpu", *(f"cuda:{number}" for number in range(cards)), *(("mps",) if apple else ()))
    if cards > 1:
        devices += ("cuda:0,cuda:1", "split")
    return Machine(
        os.cpu_count() or 1, free_memory("cpu"), devices,
        tuple((name, _version(name)) for name in ("torch", "transformers", "tokenizers", "huggingface_hub")),
    )  # fmt: skip


def usual(device: str, dtype: str, devices: tuple[str, ...]) -> tuple[str, str]:
    """What `auto` will most likely become: the first device that is no CPU, and 16 bits there."""
    place = next((d for d in devices if d not in ("auto", "cpu")), "cpu") if device == "auto" else device
    return place, ("float32" if place == "cpu" else "bfloat16") if dtype == "auto" else dtype


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
