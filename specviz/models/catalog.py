"""Names of models: the embedded pairs, folders, and Hugging Face ids."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
EMBEDDED = ASSETS / "models"


def embedded_models() -> list[str]:
    """Names of the models that ship with the product, such as `fable/target`."""
    return sorted(f"{p.parent.parent.name}/{p.parent.name}" for p in EMBEDDED.glob("*/*/config.json"))


def resolve(name: str) -> str:
    """What transformers should load: the folder of an embedded model, else the name itself."""
    folder = EMBEDDED / name
    return str(folder) if name in embedded_models() else name


def folder_of(name: str) -> Path | None:
    """Where the files of a model are on this machine: embedded, a folder, or the hub's cache; None if nowhere."""
    try:
        folder = Path(resolve(name))
        return folder if folder.is_dir() else _cached(name)
    except (OSError, ValueError):  # a name that is too long for a file, or holds a NUL
        return None


def _cached(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None
