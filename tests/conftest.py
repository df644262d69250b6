"""Two workers share the cores: one thread each, because torch's threads spin while they wait for a busy core."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
