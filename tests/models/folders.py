"""Model folders that are wrong in one way each, made from the embedded draft model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

FABLE = Path(__file__).parents[2] / "assets" / "models" / "fable"


def folder(root: Path, name: str = "model", drop: tuple[str, ...] = (), **config: object) -> Path:
    """A copy of the embedded draft model without some files and with other settings; None takes one out."""
    made = root / name
    shutil.copytree(FABLE / "draft", made)
    path = made / "config.json"
    settings = json.loads(path.read_text()) | config
    path.write_text(json.dumps({key: value for key, value in settings.items() if value is not None}))
    for file in drop:
        (made / file).unlink()
    return made


def rename_tokens(made: Path, *ids: int) -> Path:
    """Give the tokens of these ids other pieces; merges that made them go."""
    path = made / "tokenizer.json"
    whole = json.loads(path.read_text())
    by_id = {i: piece for piece, i in whole["model"]["vocab"].items()}
    changed = {by_id[i]: f"changed{i}" for i in ids}
    whole["model"]["vocab"] = {changed.get(piece, piece): i for piece, i in whole["model"]["vocab"].items()}

    def keeps(merge: object) -> bool:
        left, right = merge.split(" ") if isinstance(merge, str) else merge  # type: ignore[misc]
        return not {left, right, left + right} & set(changed)

    whole["model"]["merges"] = [merge for merge in whole["model"]["merges"] if keeps(merge)]
    path.write_text(json.dumps(whole))
    return made
