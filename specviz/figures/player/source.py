"""The run player's own files: one ES module put together from its parts, its style and its markup."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "player"
PARTS = ("base", "tree", "icicle", "trials", "inspector", "text", "save", "keys", "strip", "player")  # in this order


def player_source() -> dict[str, str]:
    """`js`: a module with one default export and no import; `css`; `html`."""
    parts = [(FOLDER / "parts" / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    return {
        "js": "\n".join(parts),
        "css": (FOLDER / "player.css").read_text(encoding="utf-8"),
        "html": (FOLDER / "player.html").read_text(encoding="utf-8"),
    }
