"""From settings to iterations to a record."""

from specviz.engine.decode import Run, decode
from specviz.engine.step import Players

__all__ = ["Players", "Run", "decode"]
