"""What is known of a model before loading, from the curated list, a folder or the hub's cache. No torch, no net."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from specviz.models.catalog import ASSETS, folder_of, resolve
from specviz.models.preflight.allowed import require_allowed, require_size
from specviz.models.preflight.branching import require_branching
from specviz.models.preflight.curated import MODELS
from specviz.models.preflight.shape import Shape, shape_of
from specviz.models.preflight.troubles import ModelError, Trouble, refuse_name, shown

HEADER_LIMIT = 100_000_000  # bytes; the format's own limit
PART = r"(?![.\-])(?![\w.\-]*(?:--|\.\.))[\w.\-]{1,96}(?<![.\-])"  # of an id, as the hub itself allows it
ID = re.compile(rf"{PART}(/{PART})?(?<!\.git)", re.ASCII)


@dataclass(frozen=True)
class ModelFacts:
    """One model, as far as it is known; None and "" where it is not.

    folder: where its files are.  disk: bytes of its weight files (about, where they are not here).
    parameters: numbers in its weight files, or of the curated list.  problem: what speaks against loading it already.
    chat: whether it has a chat template.
    """

    name: str
    place: str
    folder: Path | None = None
    family: str = ""
    parameters: int | None = None
    disk: int | None = None
    stored: str = ""
    licence: str = ""
    gated: bool | None = None
    shape: Shape | None = None
    problem: ModelError | None = field(default=None, compare=False)
    chat: bool | None = None


def facts_of(name: str) -> ModelFacts:
    """All that can be said of a name without the network; it never raises, `problem` says what is wrong."""
    try:
        check_name(name)
        folder = folder_of(name)
    except ModelError as error:
        return ModelFacts(name, "nowhere", problem=error)
    return weighed(_curated(name) if folder is None else _of_folder(name, folder))


def weighed(facts: ModelFacts) -> ModelFacts:
    """The same facts; their problem is the size where this server does not load models so large."""
    try:
        require_size(facts.name, facts.parameters)
    except ModelError as error:
        return replace(facts, problem=error)
    return facts


def check_name(name: str) -> None:
    """ModelError for what can be neither a folder nor an id, and for what this server does not load."""
    if not name.strip():
        raise ModelError("A model needs a name: an embedded model, a folder or a Hugging Face id.", Trouble.NAME)
    if len(name) > 500 or not name.isprintable():
        refuse_name(name)
    require_allowed(name)
    if folder_of(name) is not None:
        return
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no folder {shown(name)}; give a folder with a model, or a Hugging Face id.",
                         Trouble.FOLDER)  # fmt: skip
    if not ID.fullmatch(name):
        refuse_name(name)


def check_folder(name: str, folder: Path) -> None:
    """ModelError for a folder that does not hold a model, or not all of it."""
    named = shown(name)
    if not (folder / "config.json").is_file():
        raise ModelError(f"The folder {named} has no config.json; it does not hold a model.", Trouble.FOLDER)
    if not any(folder.glob("*.safetensors")):
        raise ModelError(f"The folder {named} has no weights (*.safetensors); it does not hold a model.",
                         Trouble.SAFETENSORS)  # fmt: skip
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        parts = _json(index, name).get("weight_map")
        wanted = {str(part) for part in parts.values()} if isinstance(parts, dict) else set()
        strange = sorted(part for part in wanted if Path(part).name != part or not part.endswith(".safetensors"))
        if strange or not wanted:
            raise ModelError(
                f"The index of the weights of {named} names {shown(strange[0]) if strange else 'no file'}, which is no "
                "weight file of its folder.",
                Trouble.DAMAGED,
            )
        missing = sorted(part for part in wanted if not (folder / part).is_file())
        if missing:
            raise ModelError(
                f"{len(missing)} of {len(wanted)} weight files of {named} are missing, {shown(missing[0])} first; the "
                "download was not finished.",
                Trouble.DAMAGED,
            )
    require_branching(name, _json(folder / "config.json", name))


def _curated(name: str) -> ModelFacts:
    known = MODELS.get(name)
    if known is None:
        return ModelFacts(name, "on the hub, if it exists")
    return ModelFacts(
        name, "on the hub", None, known.family, known.parameters, known.parameters * known.stored,
        "float32" if known.stored == 4 else "16 bits", known.licence, known.gated, known.shape,
        chat=known.chat,
    )  # fmt: skip


def _of_folder(name: str, folder: Path) -> ModelFacts:
    listed = _curated(name)
    cached = folder != Path(resolve(name))  # what the cache lacks is fetched when the model is loaded
    place = "in the cache" if cached else ("embedded" if folder.is_relative_to(ASSETS) else "folder")
    problem: ModelError | None = None
    config: Mapping[str, Any] = {}
    numbers, stored = 0, ""
    try:
        if (folder / "config.json").is_file():
            config = _json(folder / "config.json", name)
        if not cached:
            check_folder(name, folder)
        numbers, stored = count_numbers(folder, bool(config.get("tie_word_embeddings", False)))
    except ModelError as error:
        problem = error
    disk = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return ModelFacts(
        name, place, folder, str(config.get("model_type", "")), numbers or listed.parameters, disk or listed.disk,
        stored or listed.stored, listed.licence or _licence(folder), listed.gated, shape_of(config), problem,
        listed.chat or _template_there(folder, cached),
    )  # fmt: skip


def _template_there(folder: Path, cached: bool) -> bool | None:
    """Whether there is a chat template; None while the tokenizer's files are not in the cache yet."""
    known = has_template(folder)
    return None if cached and not known and not (folder / "tokenizer_config.json").is_file() else known


def has_template(folder: Path) -> bool:
    """Whether a folder brings a chat template, in a file of its own or among the tokenizer's settings."""
    if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    try:
        return bool(_json(folder / "tokenizer_config.json", folder.name).get("chat_template"))
    except ModelError:
        return False


def count_numbers(folder: Path, tied: bool) -> tuple[int, str]:
    """Trained numbers in the weight files, from their headers alone, and how they are stored.

    Not counted: masks and rotary tables that old checkpoints carry along, and an output layer tied to the input.
    """
    total, kinds = 0, set()
    for path in sorted(folder.glob("*.safetensors")):
        stat = path.stat()
        for tensor, (shape, kind) in _header(path, stat.st_size, stat.st_mtime_ns).items():
            buffer = not shape or (len(shape) == 4 and shape[:2] == (1, 1)) or tensor.endswith("inv_freq")
            if buffer or (tied and tensor.startswith("lm_head")):
                continue
            total += math.prod(shape)
            kinds.add(kind)
    return total, ", ".join(sorted(kinds))


@lru_cache(maxsize=256)
def _header(path: Path, size: int, changed: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Tensor -> shape and number format of one file of this size and age."""
    try:
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > min(size, HEADER_LIMIT):
                raise ValueError("header too large")
            header = json.loads(file.read(length))
        return {
            name: (tuple(int(n) for n in entry["shape"]), str(entry["dtype"]))
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(f"The weight file {shown(path.name)} is damaged: {shown(str(error))}.",
                         Trouble.DAMAGED) from error  # fmt: skip


def _json(path: Path, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"A file of {shown(name)}, {path.name}, is no valid JSON.", Trouble.DAMAGED) from error
    if not isinstance(found, dict):
        raise ModelError(f"A file of {shown(name)}, {path.name}, holds no settings.", Trouble.DAMAGED)
    return found


def _licence(folder: Path) -> str:
    """The licence that a model card names in its first lines, or in the card of an embedded family."""
    for card in (folder / "README.md", folder.parent / "README.md"):
        if card.is_file() and (card.parent == folder or folder.is_relative_to(ASSETS)):
            text = card.read_text("utf-8", "replace")[:20_000]
            found = re.search(r"^license:\s*([^\n]{1,60})$|Weights: ([\w.\-]+[\w])", text, re.MULTILINE)
            if found:
                return shown((found[1] or found[2]).strip())
    return ""
