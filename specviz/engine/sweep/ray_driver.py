"""The same sweep on Ray: one worker for each device, one prompt for each task."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import specviz
from specviz.engine.sweep.ray_worker import Hired, Worker
from specviz.engine.sweep.results import Progress, Results
from specviz.engine.sweep.tally import failed_row
from specviz.records.sweep import Sweep, SweepPlan, SweepRow

LOCAL = "local"
RETRIES = 2  # of a prompt whose worker was lost
POLL = 0.5  # seconds between two looks at a stop
MISSING = "Ray is not installed; `pip install -r requirements-ray.txt` installs it, or leave --ray out."
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # workers without a device of Ray's keep what they see
    "RAY_DEDUP_LOGS": "0",
}


class RayError(ValueError):
    """A cluster that cannot be used; the message is one sentence."""


def import_ray() -> ModuleType:
    """Ray, or RayError with the command that installs it."""
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        import ray
    except ImportError as error:
        raise RayError(MISSING) from error
    return ray


@dataclass
class RaySweep:
    """A sweep under way on Ray: iterate it for its progress, after every prompt; its rows are in `results`.

    address: `local` starts Ray on this machine for as long as the sweep lasts, anything else is the address of a
    cluster, whose machines must have SpecViz in the same folder.  workers: 0 is one for each GPU, and where there is
    none one for every two cores.  before, path: see `Results`.  hired: the workers, once they have their models.
    """

    plan: SweepPlan
    texts: Sequence[str]
    path: Path | None = None
    before: Sweep | None = None
    address: str = LOCAL
    workers: int = 0
    device: str = "auto"
    dtype: str = "auto"
    stop: Callable[[], bool] = lambda: False
    results: Results | None = None
    hired: list[Hired] = field(default_factory=list)

    def __iter__(self) -> Iterator[Progress]:
        ray = import_ray()
        started = self._connect(ray)
        try:
            yield from self._work(ray)
        finally:
            if self.results is not None:
                self.results.save(now=True)
            if started:
                ray.shutdown()

    def _connect(self, ray: ModuleType) -> bool:
        """Whether this call has connected, and so must disconnect."""
        if ray.is_initialized():
            return False
        place: dict[str, Any] = {"address": self.address}
        if self.address == LOCAL:
            place |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
            if self.workers:
                place["num_cpus"] = max(self.workers, os.cpu_count() or 1)
        folder = str(Path(specviz.__file__).resolve().parents[1])
        known = os.environ.get("PYTHONPATH")
        environment = {"PYTHONPATH": os.pathsep.join([folder, *([known] if known else [])])}
        try:
            ray.init(
                **place, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False,
                runtime_env={"env_vars": environment},
            )  # fmt: skip
        except Exception as error:  # the addresses of strangers fail in many ways
            raise RayError(f"Ray could not be reached at {self.address}: {_line(error)}") from error
        return True

    def _work(self, ray: ModuleType) -> Iterator[Progress]:
        resources = ray.cluster_resources()
        cards, cores = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
        on_cards = cards > 0 and not self.device.startswith("cpu")
        count = self.workers or (cards if on_cards else max(1, cores // 2))
        if on_cards and count > cards:
            raise RayError(f"There are {cards} GPUs for {count} workers; ask for at most as many, or for --device cpu.")
        # A worker that was lost is started again for as long as there are prompts; each of them has its own retries.
        kind = ray.remote(Worker).options(
            num_gpus=1 if on_cards else 0, num_cpus=1, max_restarts=-1, max_task_retries=RETRIES
        )
        busy: dict[Any, tuple[Any, int, list[int]]] = {}
        crew = [kind.remote(self.plan, self.device, self.dtype, 0 if on_cards else count) for _ in range(count)]
        results = self.results = self._hire(ray, crew)
        left, idle = iter(results.left()), list(crew)
        while True:
            while idle and not self.stop():
                unit = next(left, None)
                if unit is None:
                    break
                worker, (number, seeds) = idle.pop(), unit
                busy[worker.rows.remote(number, self.texts[number], seeds)] = worker, number, seeds
            if not busy or self.stop():
                return
            done, _ = ray.wait(list(busy), num_returns=1, timeout=POLL)
            for task in done:
                worker, number, seeds = busy.pop(task)
                idle.append(worker)
                for row in self._rows(ray, task, number, seeds):
                    results.add(row)
                    yield results.progress(row)
                results.save()

    def _hire(self, ray: ModuleType, crew: Sequence[Any]) -> Results:
        """Wait for the models of all workers. RayError where they cannot be loaded, or not alike."""
        try:
            self.hired = ray.get([worker.hire.remote() for worker in crew])
        except ray.exceptions.RayError as error:
            raise RayError(f"A worker could not load its models: {_cause(error)}") from error
        kinds = {(one.provenance.device, one.provenance.dtype, one.provenance.versions) for one in self.hired}
        if len(kinds) > 1:
            raise RayError("The workers have different devices or libraries, and rows of one sweep must be comparable.")
        return Results(self.plan, self.hired[0].provenance, self.path, self.before)

    def _rows(self, ray: ModuleType, task: Any, number: int, seeds: Sequence[int]) -> list[SweepRow]:
        """What a task has brought; a prompt that took its worker with it every time has failed."""
        try:
            return list(ray.get(task))
        except ray.exceptions.RayError as error:
            why = f"The worker was lost {RETRIES + 1} times on this prompt: {_cause(error)}"
            return [failed_row(self.plan, number, seed, cell, why) for seed in seeds for cell in self.plan.cells]


def _cause(error: BaseException) -> str:
    """The sentence inside an error that has come through Ray."""
    inner = getattr(error, "cause", None)
    return _line(inner if isinstance(inner, BaseException) else error)


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:240]
