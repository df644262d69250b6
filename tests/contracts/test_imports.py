"""What must not be imported, and what must be found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


MODULES = [
    "specviz", "specviz.records.store", "specviz.theory", "specviz.race", "specviz.cli", "specviz.metrics",
    "specviz.engine.jobs", "specviz.engine.whatif.answer", "specviz.figures.player.payload",
    "specviz.figures.run.report",
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_no_torch_before_a_model_is_needed(module):
    code = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('torch', 'transformers')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_pages_import_without_torch():
    names = [path.stem for path in (ROOT / "pages").glob("*.py")]
    assert len(names) >= 3
    code = f"import sys; {'; '.join(f'import pages.{n}' for n in names)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("package", ["specviz.records", "specviz.theory", "specviz.race", "specviz.drafting"])
def test_everything_exported_exists(package):
    module = __import__(package, fromlist=["__all__"])
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []
    assert len(set(module.__all__)) == len(module.__all__)
