"""Do two models mean the same by the same ids? A pure comparison of vocabularies, and where vocabularies come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specviz.models.preflight.troubles import ModelError, Trouble, shown

ROLES = ("bos_token", "eos_token", "pad_token", "unk_token")


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of one model.

    pieces: id -> piece, as the tokenizer writes it.  special: role (`eos_token`) -> piece.
    rows: rows of the model's embedding, where they are known; ids beyond the last piece are padding.
    """

    pieces: Mapping[int, str]
    special: Mapping[str, str]
    rows: int | None = None

    @property
    def size(self) -> int:
        """Largest id + 1."""
        return max(self.pieces, default=-1) + 1

    @property
    def padding(self) -> int | None:
        """Rows of the embedding that stand for no token, or None where the rows are not known."""
        return None if self.rows is None else max(0, self.rows - self.size)


@dataclass(frozen=True)
class Difference:
    """One id, or one role, that means two things; None where one side has nothing there."""

    where: int | str
    target: str | None
    draft: str | None


@dataclass(frozen=True)
class Comparison:
    """Two vocabularies side by side.

    common: ids 0..common-1 exist in both (in the embeddings too, where those are known); a run uses these only.
    first: the first of them that differs; differing: how many do.  special: roles that differ.
    target_only, draft_only: tokens of one side at ids beyond `common`.
    """

    target: Vocabulary
    draft: Vocabulary
    common: int
    first: Difference | None
    differing: int
    special: tuple[Difference, ...]
    target_only: int
    draft_only: int

    @property
    def agree(self) -> bool:
        """Whether every common id means one token."""
        return self.first is None and self.common > 0

    @property
    def end_is_cut(self) -> bool:
        """Whether the target's end-of-text token lies beyond the common ids, so that no run could end by itself."""
        end = self.target.special.get("eos_token")
        return end is not None and any(i >= self.common for i, piece in self.target.pieces.items() if piece == end)


def compare(target: Vocabulary, draft: Vocabulary) -> Comparison:
    """Id by id over the common range; an id that only one side has a piece for differs too. O(vocabulary)."""
    sizes = [target.size, draft.size]
    common = min([*sizes, *(v.rows for v in (target, draft) if v.rows is not None)])
    differing = [i for i in range(common) if target.pieces.get(i) != draft.pieces.get(i)]
    first = None
    if differing:
        at = differing[0]
        first = Difference(at, target.pieces.get(at), draft.pieces.get(at))
    roles = tuple(
        Difference(role, target.special.get(role), draft.special.get(role))
        for role in ROLES
        if target.special.get(role) != draft.special.get(role)
    )
    return Comparison(
        target, draft, common, first, len(differing), roles,
        *(sum(i >= common for i in side.pieces) for side in (target, draft)),
    )  # fmt: skip


def require(comparison: Comparison, target: str, draft: str) -> int:
    """Ids that both share; ModelError names the first that differs."""
    first = comparison.first
    if first is not None:
        raise ModelError(
            f"{shown(target)} and {shown(draft)} do not share a tokenizer: token {first.where} is {first.target!r} in "
            f"one and {first.draft!r} in the other ({comparison.differing:,} of {comparison.common:,} ids differ); "
            "choose two models of one family.",
            Trouble.TOKENS,
        )
    if comparison.common == 0:
        raise ModelError(f"{shown(target)} or {shown(draft)} has an empty vocabulary.", Trouble.TOKENIZER)
    return comparison.common


def of_tokenizer(tokenizer: Any) -> Vocabulary:
    """The vocabulary of a loaded tokenizer of transformers."""
    special = {role: str(piece) for role in ROLES if (piece := getattr(tokenizer, role, None)) is not None}
    return Vocabulary({i: piece for piece, i in tokenizer.get_vocab().items()}, special)


def of_folder(folder: Path, rows: int | None) -> Vocabulary | None:
    """The vocabulary in a folder, read without torch and transformers; None without a `tokenizer.json`.

    ModelError for a file that is none.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        return None
    from tokenizers import Tokenizer

    try:
        pieces = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    except Exception as error:  # the library raises bare Exception for any fault of the file
        raise ModelError(f"The tokenizer.json of {shown(folder.name)} cannot be read.", Trouble.TOKENIZER) from error
    return Vocabulary({i: piece for piece, i in pieces.items()}, _roles(folder), rows)


def _roles(folder: Path) -> dict[str, str]:
    """Roles of special tokens in tokenizer_config.json; a piece is written plainly, or as {"content": ...}."""
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    found = {role: config.get(role) for role in ROLES} if isinstance(config, dict) else {}
    pieces = {role: piece.get("content") if isinstance(piece, dict) else piece for role, piece in found.items()}
    return {role: piece for role, piece in pieces.items() if isinstance(piece, str)}
