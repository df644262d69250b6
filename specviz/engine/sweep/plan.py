"""What a sweep is to do: its prompts, its methods and their capacities, its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from specviz.drafting import make_drafter
from specviz.engine.compare.comparison import Method
from specviz.engine.decode import check_fit
from specviz.engine.probe.prompts import OWN, Prompt, prompts_of_text
from specviz.records import RunSettings
from specviz.records.sweep import MOST_CELLS, SweepMethod, SweepPlan, SweepPrompt
from specviz.verification import make_verifier

MOST_BYTES = 64 * 1024 * 1024  # of one file of prompts
ENDINGS = (".txt", ".jsonl")


def make_plan(
    settings: RunSettings,
    prompts: Sequence[Prompt],
    methods: Sequence[Method],
    capacities: Sequence[int],
    seeds: Sequence[int],
    separate: bool = False,
) -> SweepPlan:
    """The plan; ValueError, in one sentence, for names that are unknown or do not fit, or for numbers out of range.

    capacities: of every method that names no P of its own; a method that is named with several P has them all.
    separate: see `SweepPlan`.
    """
    found: dict[tuple[str, str, int], list[int]] = {}
    for method in methods:
        check_fit(make_drafter(method.drafter), make_verifier(method.verifier))
        drafts = settings.drafts if method.drafts is None else method.drafts
        own = list(capacities) if method.capacity is None else [method.capacity]
        found.setdefault((method.drafter, method.verifier, drafts), []).extend(own)
    named = tuple(SweepMethod(*names, tuple(own)) for names, own in found.items())
    remembered = tuple(SweepPrompt.of(one.name, one.kind, one.text) for one in prompts)
    if named and seeds and all(method.capacities for method in named):
        first = named[0]
        settings = replace(
            settings, drafter=first.drafter, verifier=first.verifier, capacity=first.capacities[0],
            drafts=first.drafts, seed=seeds[0],
        )  # fmt: skip
    return SweepPlan(settings, remembered, named, tuple(seeds), separate)


def prompts_of(places: Sequence[Path], limit: int | None = None) -> tuple[list[Prompt], list[str]]:
    """The prompts of files (.jsonl, .txt) and of folders of .txt files, and a sentence for each that was left out.

    limit: the first so many of each file or folder.  A prompt without a kind has the name of its file or folder as its
    kind. ValueError, in one sentence, for a place that cannot be read or holds no prompt.
    """
    prompts: list[Prompt] = []
    notes: list[str] = []
    for place in places:
        kept, said = _folder(place) if place.is_dir() else _file(place)
        prompts += kept[:limit]
        notes += said
    if len(prompts) > MOST_CELLS:
        raise ValueError(f"These are {len(prompts):,} prompts; at most {MOST_CELLS:,} fit into one sweep.")
    return prompts, notes


def _folder(place: Path) -> tuple[list[Prompt], list[str]]:
    """One prompt for each text file, in the order of their names."""
    files = sorted(path for path in place.iterdir() if path.suffix.lower() == ".txt" and path.is_file())
    if not files:
        raise ValueError(f"The folder {place} has no .txt files.")
    prompts, notes = [], []
    for path in files:
        text = _text(path)
        if text.strip():
            prompts.append(Prompt(path.stem[:40], place.resolve().name[:40], text))
        else:
            notes.append(f"The file {path.name} is empty; it was left out.")
    if not prompts:
        raise ValueError(f"The files in {place} are all empty.")
    return prompts, notes


def _file(place: Path) -> tuple[list[Prompt], list[str]]:
    if place.suffix.lower() not in ENDINGS:
        raise ValueError(f"Prompts are read from .jsonl or .txt files or a folder of .txt files; {place} is none.")
    prompts, notes = prompts_of_text(_text(place))
    if not prompts:
        raise ValueError(f"The file {place} has no prompt. {notes[0] if notes else ''}".strip())
    named = [replace(one, kind=place.stem[:40]) if one.kind == OWN else one for one in prompts]
    return named, [f"{place.name}: {note}" for note in notes]


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"The file {path} has more than {MOST_BYTES >> 20} MB; it is not read.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"The prompts {path} could not be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"The file {path} is not text in UTF-8.") from error
