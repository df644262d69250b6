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
