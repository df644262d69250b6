"""Where runs are kept on disk: a journal while a run goes on, then a trace file; both named by the run's id."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from specviz.engine.decode import Run, ids_of
from specviz.records import DecodeTrace, Iteration
from specviz.records.journal import Journal, read_journal
from specviz.records.store import load_trace, save_trace

try:
    import fcntl
except ImportError:  # Windows has no such locks: there, one process alone may use a folder
    fcntl = None  # type: ignore[assignment]  # a module that may be missing

ID = re.compile(r"[0-9a-f]{8,32}")
JOURNAL, TRACE = ".run.jsonl", ".json.gz"
FORGOTTEN = 3600.0  # seconds after which a half-written file is nobody's


class BusyError(ValueError):
    """The run is under way in another process that shares this folder."""


@dataclass(frozen=True)
class RunFolder:
    """A folder of run files.  days, megabytes: what `tidy` leaves."""

    path: Path
    days: int
    megabytes: int

    def save(self, trace: DecodeTrace, number: str) -> None:
        """The trace file of a run that is over, whole or not at all; then its journal can go."""
        save_trace(trace, self._file(number, TRACE))
        self._file(number, JOURNAL).unlink(missing_ok=True)

    def find(self, number: str) -> DecodeTrace | None:
        """The run of that id, INTERRUPTED where it has no end; None where there is none.

        Raises BusyError for a run that another process is writing, TraceError for a file that cannot be read.
        """
        if ID.fullmatch(number) is None:
            return None
        journal, saved = self._file(number, JOURNAL), self._file(number, TRACE)
        if journal.is_file():
            if _is_held(journal):
                raise BusyError("This run is under way in another process of this server; look again when it is over.")
            return read_journal(journal)
        return load_trace(saved) if saved.is_file() else None

    def file_of(self, number: str, ending: str) -> Path | None:
        """Another file of that id; None where there is none."""
        path = self._file(number, ending)
        return path if ID.fullmatch(number) is not None and path.is_file() else None

    def tidy(self, keep: Container[str] = ()) -> int:
        """Remove what is too old or too much, the oldest first; returns how many files went.  keep: ids in use."""
        removed, left = 0, self.megabytes * 1_000_000
        now = time.time()
        for path in sorted(self._all(), key=_changed, reverse=True):
            with contextlib.suppress(OSError):
                known = path.stat()
                left -= known.st_size
                half = path.suffix == ".part" and now - known.st_mtime > FORGOTTEN
                old = now - known.st_mtime > self.days * 86_400 or left < 0
                if (half or old) and path.name.partition(".")[0] not in keep and not _is_held(path):
                    path.unlink()
                    removed += 1
        return removed

    def _all(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        return [path for path in self.path.iterdir() if ID.match(path.name) and path.is_file()]

    def _file(self, number: str, ending: str) -> Path:
        return self.path / f"{number}{ending}"


class RunFile:
    """The journal of one run; a disk that is full costs the file, never the run: `trouble` says so."""

    def __init__(self, folder: RunFolder, run: Run, number: str) -> None:
        self._run = run
        self._path = folder.path / f"{number}{JOURNAL}"
        self.trouble = ""
        self._journal: Journal | None = None
        try:
            folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open()
        except OSError as error:
            self._give_up(error)

    def add(self, iteration: Iteration) -> None:
        """One more pass."""
        if self._journal is None:
            return
        try:
            unknown = self._journal.unknown(ids_of(iteration))
            self._journal.add(iteration, self._run.models.texts(unknown), self._run.text())
        except OSError as error:
            self._give_up(error)

    def end(self) -> None:
        """The run is over."""
        if self._journal is not None:
            try:
                self._journal.close(self._run.reason, self._run.note)
            except OSError as error:
                self._give_up(error)

    def leave(self) -> None:
        """Let go of the file."""
        if self._journal is not None:
            self._file.close()

    def _open(self) -> None:
        """A whole new file in place of an older one: it holds the head and all passes made before."""
        part = self._path.with_name(self._path.name + ".part")
        self._file = part.open("wb")
        if fcntl is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        run, models = self._run, self._run.models
        texts = models.texts(set(run.prompt_ids))
        self._journal = Journal(
            self._file, run.settings, models.provenance, run.prompt, run.prompt_ids, texts, models.target.vocabulary
        )
        before, run.iterations = run.iterations, []
        for iteration in before:
            run.iterations.append(iteration)
            self.add(iteration)
        os.replace(part, self._path)

    def _give_up(self, error: OSError) -> None:
        self.trouble = (
            f"The run's file could not be written ({error.strerror}); the run goes on in memory, and is lost where the "
            "server ends."
        )
        self._journal = None


def _is_held(path: Path) -> bool:
    """Whether a living process writes it."""
    if fcntl is None:
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
