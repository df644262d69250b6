"""Models that read a prompt once for many runs, and count the passes made after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from specviz.records import Rows, Warp
from specviz.seams import LanguageModel, OpenedSession, Session


@dataclass
class ReadOnce:
    """A model whose sessions at one prompt start from one reading of it.

    passes: forward passes of all its sessions, the reading of the prompt left out.
    """

    model: LanguageModel
    passes: int = 0
    _first: OpenedSession | None = None

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.model.vocabulary

    @property
    def context(self) -> int:
        """Most tokens a text may have."""
        return self.model.context

    def open(self, prompt_ids: Sequence[int], warp: Warp) -> CountedOpenedSession:
        """A session at the prompt; ValueError for one that is empty or too long."""
        if self._first is None or list(self._first.ids) != list(prompt_ids):
            self._first = self.model.open(prompt_ids, warp)
        return CountedOpenedSession(self._first.fork(warp), self)


@dataclass
class CountedSession:
    """A session that tells its model of every pass."""

    inner: Session
    model: ReadOnce
    _root_fed: bool = field(default=False)

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.inner.vocabulary

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        return self.inner.ids

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return self.inner.length

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """A pass, unless there is nothing new to run."""
        if tokens or not self._root_fed:
            self.model.passes += 1
        self._root_fed = True
        return self.inner.feed(tokens, parents)

    def commit(self, ids: Sequence[int]) -> None:
        """Go on along these ids."""
        self._root_fed = False
        self.inner.commit(ids)

    def early_exit(self, share: float, warp: Warp) -> CountedSession:
        """Its first layers, whose passes are counted as the model's."""
        return CountedSession(self.inner.early_exit(share, warp), self.model)


@dataclass
class CountedOpenedSession(CountedSession):
    """One that others can start from."""

    inner: OpenedSession

    def fork(self, warp: Warp) -> CountedOpenedSession:
        """Another session at the end of the same context."""
        return CountedOpenedSession(self.inner.fork(warp), self.model)
