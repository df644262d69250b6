"""The registry when many people are first at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from specviz.registry import Registry

ROOM = Registry("slow_room", "thing")
MODULE = '''
"""A method of a package that takes its time."""
import time
from tests.test_registry import ROOM
time.sleep(0.02)

@ROOM.register
class Thing:
    """One of four."""
    name = "{name}"
'''


def test_nobody_sees_half_a_registry_while_another_thread_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "slow_room"
    package.mkdir()
    (package / "__init__.py").write_text('"""A package of slow methods."""\n')
    for name in ("ash", "birch", "cedar", "elm"):
        (package / f"{name}.py").write_text(MODULE.format(name=name))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "tests.test_registry", sys.modules[__name__])
    with ThreadPoolExecutor(8) as threads:
        seen = [visit.result() for visit in [threads.submit(ROOM.names) for _ in range(8)]]
    assert seen == [["ash", "birch", "cedar", "elm"]] * 8
