"""Run statistics (under way)."""

from __future__ import annotations

from specviz.records import DecodeTrace


def run_panels(trace: DecodeTrace, key: str) -> None:
    """Under way."""
