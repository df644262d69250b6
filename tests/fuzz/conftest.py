"""The profiles of the fuzz tests: `small` in every run of the tests, `long` by its own command (docs/fuzz.md)."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("long", max_examples=10_000)
