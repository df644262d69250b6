"""What if (under way)."""

from __future__ import annotations

from typing import Any

from specviz.records import DecodeTrace


def whatif_panel(trace: DecodeTrace, selected: Any) -> None:
    """Under way."""
