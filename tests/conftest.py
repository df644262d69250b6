"""Two workers share the cores: one thread each, because torch's threads spin while they wait for a busy core."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator

import pytest

from specviz.policy import policy

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("SPECVIZ_LOG", "off")
if "SPECVIZ_JOB_FOLDER" not in os.environ:  # runs of tests are nobody's to keep
    os.environ["SPECVIZ_JOB_FOLDER"] = tempfile.mkdtemp(prefix="specviz-runs-")
    atexit.register(shutil.rmtree, os.environ["SPECVIZ_JOB_FOLDER"], True)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Set limits of this process by their names; they are gone after the test."""

    def put(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"SPECVIZ_{name.upper()}", str(value))
        policy.cache_clear()

    yield put
    monkeypatch.undo()
    policy.cache_clear()
