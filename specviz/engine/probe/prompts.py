"""Prompts from a paste or a file: plain text, or JSON lines as benchmarks write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1 << 20
MAX_PROMPTS = 60
MAX_CHARACTERS = 4000
MAX_NOTES = 5
OWN = "own"
RULE = "---"
TEXT_FIELDS = ("prompt", "text", "question")
KIND_FIELDS = ("category", "kind")
NAME_FIELDS = ("question_id", "id", "task_id")


@dataclass(frozen=True)
class Prompt:
    """One prompt: its name, its kind (category) and its text."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True)
class Prompts:
    """What was understood of an input, and one sentence for each thing that was not."""

    kept: tuple[Prompt, ...]
    notes: tuple[str, ...]


def read_file(data: bytes) -> Prompts:
    """Prompts of a .txt or .jsonl file. ValueError, in one sentence, for a file that is no text or too large."""
    return read_prompts(text_of_file(data))


def text_of_file(data: bytes) -> str:
    """The text of a file. ValueError, in one sentence, for a file that is no text or too large."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"The file has {len(data) / (1 << 20):.1f} MB; at most {MAX_BYTES >> 20} MB is read.")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("The file is not text in UTF-8; save it as .txt or .jsonl.") from None
    if "\0" in text:
        raise ValueError("The file is not text but binary; choose a .txt or .jsonl file.")
    return text


def read_prompts(text: str) -> Prompts:
    """Prompts of a text: JSON lines if it begins with a brace, else blocks between lines of ---, else one a line.

    A JSON line is an object with `turns` (a list, of which the first is used) or one of TEXT_FIELDS; one of KIND_FIELDS
    and of NAME_FIELDS are read where they stand. ValueError where no prompt is left.
    """
    whole = text.strip()
    if not whole:
        raise ValueError("There is no prompt yet; write one a line, or separate longer ones with a line of ---.")
    if len(whole) > MAX_BYTES:
        raise ValueError(f"The text has {len(whole):,} characters; at most {MAX_BYTES:,} are read.")
    prompts, notes = prompts_of_text(whole)
    if len(prompts) > MAX_PROMPTS:
        notes.append(f"Of {len(prompts)} prompts the first {MAX_PROMPTS} are kept.")
    kept = prompts[:MAX_PROMPTS]
    for prompt in kept:
        if len(prompt.text) > MAX_CHARACTERS:
            notes.append(f"Prompt {prompt.name} was cut to its first {MAX_CHARACTERS:,} characters.")
    if not kept:
        raise ValueError(f"No prompt was found. {notes[0] if notes else ''}".strip())
    short = tuple(Prompt(p.name, p.kind, p.text[:MAX_CHARACTERS]) for p in kept)
    return Prompts(short, _few(notes))


def prompts_of_text(text: str) -> tuple[list[Prompt], list[str]]:
    """Every prompt of a text of either form, whole, and a sentence for each line that is none."""
    whole = text.strip()
    found = list(_json_lines(whole) if whole.startswith("{") else _plain(whole))
    return [item for item in found if isinstance(item, Prompt)], [item for item in found if isinstance(item, str)]


def _few(notes: list[str]) -> tuple[str, ...]:
    more = len(notes) - MAX_NOTES
    return (*notes[:MAX_NOTES], f"And {more} more of this sort.") if more > 1 else tuple(notes)


def _plain(text: str) -> Iterator[Prompt | str]:
    lines = text.splitlines()
    blocks: list[list[str]] = [[]]
    ruled = any(line.strip() == RULE for line in lines)
    for line in lines:
        if line.strip() == RULE or not ruled:
            blocks.append([])
        if line.strip() != RULE:
            blocks[-1].append(line)
    filled = [block for block in ("\n".join(part).strip("\n") for part in blocks) if block.strip()]
    for number, block in enumerate(filled, start=1):
        yield Prompt(str(number), OWN, _whole(block))


def _json_lines(text: str) -> Iterator[Prompt | str]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _of_object(json.loads(line), number)
        except RecursionError:
            yield f"Line {number} is nested too deeply; it was left out."
        except ValueError as error:
            reason = "is not JSON" if isinstance(error, json.JSONDecodeError) else str(error)
            yield f"Line {number} {reason}; it was left out."


def _of_object(value: Any, number: int) -> Prompt:
    """ValueError with what is wrong, to be read after `Line n`."""
    if not isinstance(value, dict):
        raise ValueError("is not an object with a prompt")
    turns = value.get("turns")
    first = turns[0] if isinstance(turns, list) and turns else turns
    named = (first, *(value.get(field) for field in TEXT_FIELDS))
    text = next((t for t in named if isinstance(t, str) and t.strip()), None)
    if text is None:
        raise ValueError("has neither turns nor a prompt with text in it")
    kind = next((k.strip() for k in map(value.get, KIND_FIELDS) if isinstance(k, str) and k.strip()), OWN)[:40]
    name = next((n for n in map(value.get, NAME_FIELDS) if isinstance(n, str | int)), number)
    return Prompt(_whole(str(name)[:40]), _whole(kind), _whole(text))


def _whole(text: str) -> str:
    """Without halves of characters, which JSON can write and nothing can show."""
    return text.encode("utf-8", "replace").decode()
