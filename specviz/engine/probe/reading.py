"""Reading a text with both models by teacher forcing: every place given everything before it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.engine.decode import Models
from specviz.policy import check_prompt
from specviz.records import ClosingKind, DecodeTrace, Rows, Warp, warped
from specviz.records.reading import COLUMNS, GIVEN, TABLES, Along, TextReading
from specviz.seams import LanguageModel, Session

TEMPERATURES = (0.0, 0.5, 0.7, 1.0, 1.5)
CHUNK = 64  # places of one pass, fewer where the vocabulary is large
BLOCK = 1 << 20  # probabilities of one model that are held at once
KEPT = 5  # best candidates of each model
MOST = 2048  # tokens of a text
LEAST = 1e-300


def fit(models: Models, text: str) -> tuple[list[int], int]:
    """Token ids of the longest beginning of a text that the pair can read, and how many characters that is.

    Raises ValueError for a text without a word, and NotAllowedError for more characters than this server reads.
    """
    if not text.strip():
        raise ValueError("The text is empty; paste at least one sentence.")
    check_prompt(text)
    room = min(MOST, models.target.context, models.draft.context)

    def ids_of(length: int) -> list[int] | None:
        try:
            ids = models.encode(text[:length])
        except ValueError:
            return None
        return ids if len(ids) <= room else None

    whole = ids_of(len(text))
    if whole is not None:
        return whole, len(text)
    fits, fails = 0, min(len(text), 64 * room)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        fits, fails = (fits, middle) if ids_of(middle) is None and text[:middle].strip() else (middle, fails)
    found = ids_of(fits)
    if found is None:
        raise ValueError("No beginning of this text can be read by the pair; paste another one.")
    return found, fits


@dataclass
class TextReader:
    """A reading under way: iterate it for the number of tokens read so far, take the record at any time.

    ids: at least two.  outcomes: one name for each id.
    """

    models: Models
    ids: list[int]
    outcomes: tuple[str, ...] = ()
    note: str = ""
    read: int = 1
    seconds: float = 0.0
    _parts: list[dict[str, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of_text(cls, models: Models, text: str) -> TextReader:
        """All of a text, or as much of it as fits, which the note says."""
        ids, length = fit(models, text)
        note = ""
        if length < len(text):
            note = f"The pair reads {len(ids)} tokens at once: the first {length:,} of {len(text):,} characters."
        return cls(models, ids, note=note)

    @classmethod
    def of_run(cls, models: Models, trace: DecodeTrace) -> TextReader:
        """A prompt and what was decoded after it. ValueError for a run of another vocabulary."""
        ids = [*trace.prompt_ids, *trace.emitted]
        if max(ids) >= models.target.vocabulary:
            raise ValueError("This run was made with another vocabulary than that of the loaded pair.")
        outcomes = (*[GIVEN] * len(trace.prompt_ids), *run_outcomes(trace))
        room = min(MOST, models.target.context, models.draft.context)
        note = f"The first {room} of {len(ids)} tokens were read." if len(ids) > room else ""
        return cls(models, ids[:room], outcomes[:room], note)

    def __post_init__(self) -> None:
        if len(self.ids) < 2:
            raise ValueError("A single token has nothing before it that could be read; paste a longer text.")
        self.outcomes = self.outcomes or (GIVEN,) * len(self.ids)

    def __iter__(self) -> Iterator[int]:
        size = max(1, min(CHUNK, BLOCK // self.models.target.vocabulary))
        sessions = [_opened(model, self.ids[0]) for model in (self.models.target, self.models.draft)]
        for start in range(1, len(self.ids), size):
            began = time.perf_counter()
            chunk = self.ids[start : start + size]
            logs = [_logs(session, chunk) for session in sessions]
            self._parts.append(_numbers(logs[0], logs[1], np.array(chunk)))
            self.read = start + len(chunk)
            self.seconds += time.perf_counter() - began
            yield self.read

    def reading(self) -> TextReading | None:
        """The record of what has been read; None before the first chunk."""
        if not self._parts:
            return None
        joined = {name: np.concatenate([part[name] for part in self._parts], axis=-2 if name in TABLES else -1)
                  for name in (*COLUMNS, *TABLES, "rank")}  # fmt: skip
        candidates = np.concatenate([part["candidates"] for part in self._parts])
        along = tuple(
            Along(temperature, **{name: joined[name][place] for name in (*COLUMNS, *TABLES)})
            for place, temperature in enumerate(TEMPERATURES)
        )
        known = {*self.ids[: self.read], *candidates[candidates >= 0].tolist()}
        return TextReading(
            provenance=self.models.provenance,
            tokens=np.array(self.ids[: self.read], np.int32),
            outcomes=tuple(self.outcomes[: self.read]),
            rank=joined["rank"],
            candidates=candidates,
            along=along,
            texts=self.models.texts({int(i) for i in known}),
            seconds=self.seconds,
            note=self.note,
        )


def run_outcomes(trace: DecodeTrace) -> Iterator[str]:
    """What became of each emitted token: accepted, bonus or correction."""
    for step in trace.iterations:
        closing = "bonus" if step.verdict.closing_kind == ClosingKind.BONUS else "correction"
        for place in range(len(step.emitted)):
            yield "accepted" if place < step.verdict.accepted else closing


def overlap_along(models: Models, prompt_ids: Sequence[int], text: Sequence[int], warp: Warp) -> np.ndarray:
    """float64[n]: acceptance rate sum min(p, q) at each of the n tokens of a text that follows a prompt."""
    p, q = rows_along(models, prompt_ids, text, warp)
    return np.array([float(np.minimum(p[place], q[place]).sum()) for place in range(len(text))])


def rows_along(models: Models, prompt_ids: Sequence[int], text: Sequence[int], warp: Warp) -> tuple[Rows, Rows]:
    """The target's and the draft model's rows of a text that follows a prompt; row t is the law of its token t."""
    ids = list(text)
    sessions = (models.target.open(list(prompt_ids), warp), models.draft.open(list(prompt_ids), warp))
    p, q = (session.feed(ids[:-1], range(len(ids) - 1)) for session in sessions)
    return p, q


def _opened(model: LanguageModel, first: int) -> Session:
    return model.open([first], Warp())


def _logs(session: Session, chunk: list[int]) -> np.ndarray:
    """float64[n, V]: log-probabilities before each token of the chunk, which then belongs to the context."""
    rows = session.feed(chunk[:-1], range(len(chunk) - 1))
    laws = np.stack([rows[place] for place in range(len(chunk))])
    session.commit(chunk)
    return np.asarray(np.log(np.maximum(laws, LEAST)))


def _numbers(target: np.ndarray, draft: np.ndarray, chunk: np.ndarray) -> dict[str, np.ndarray]:
    """Every column of one chunk; those that depend on the temperature have it as their first axis."""
    places = np.arange(len(chunk))
    ranked = draft > draft[places, chunk][:, None]
    ids = _candidates(target, draft)
    columns: dict[str, list[np.ndarray]] = {name: [] for name in (*COLUMNS, *TABLES)}
    for temperature in TEMPERATURES:
        p, q = (warped(logs, Warp(temperature)) for logs in (target, draft))
        columns["target_prob"].append(p[places, chunk])
        columns["draft_prob"].append(q[places, chunk])
        columns["target_entropy"].append(_entropy(p))
        columns["draft_entropy"].append(_entropy(q))
        columns["distance"].append(0.5 * np.abs(p - q).sum(axis=1))
        for name, law in zip(TABLES, (p, q), strict=True):
            columns[name].append(np.where(ids >= 0, np.take_along_axis(law, ids.clip(0), 1), 0.0))
    stacked = {name: np.stack(parts).astype(np.float32) for name, parts in columns.items()}
    return stacked | {"rank": 1 + ranked.sum(axis=1).astype(np.int32), "candidates": ids}


def _entropy(laws: np.ndarray) -> np.ndarray:
    return np.asarray(-(laws * np.log(np.maximum(laws, LEAST))).sum(axis=1))


def _candidates(target: np.ndarray, draft: np.ndarray) -> np.ndarray:
    """int32[n, 2 KEPT]: the best ids of both models without repeats, by falling p; -1 fills up."""
    count = min(KEPT, target.shape[1])
    found = np.full((len(target), 2 * count), -1, np.int32)
    for place, (p, q) in enumerate(zip(target, draft, strict=True)):
        best = np.union1d(np.argsort(-p, kind="stable")[:count], np.argsort(-q, kind="stable")[:count])
        found[place, : len(best)] = best[np.argsort(-p[best], kind="stable")]
    return found
