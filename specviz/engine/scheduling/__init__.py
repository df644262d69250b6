"""The scheduler: jobs, whose pass is next, which pairs are in memory, and what is kept of runs."""

from specviz.engine.scheduling.job import Job, Stage, Work
from specviz.engine.scheduling.workshop import RefusedError, Workshop

__all__ = ["Job", "RefusedError", "Stage", "Work", "Workshop"]
