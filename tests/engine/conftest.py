"""What several tests of the engine ask for."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clocked_tables import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of this process, which only tables move from here on."""
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made
