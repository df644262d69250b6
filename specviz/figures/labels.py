"""How token text is written so that nothing in it is invisible, and what outcomes look like."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass

SPACE, NEWLINE, TAB, MORE = "\u2423", "\u23ce", "\u21e5", "\u2026"


@dataclass(frozen=True)
class Outcome:
    """Name, mark, colours and definition of one fate of a token."""

    name: str
    mark: str
    light: str
    dark: str
    definition: str


OUTCOMES = {
    "accepted": Outcome("accepted", "\u25cf", "#00795A", "#2BC89B", "A guess that the verifier kept."),
    "rejected": Outcome("rejected", "\u2715", "#C24E00", "#FF8A4C", "A guess that was examined and lost."),
    "unseen": Outcome("unseen", "\u25cb", "#7A828C", "#8C96A3", "A guess that was never examined."),
    "bonus": Outcome("bonus", "\u25c6", "#0072B2", "#5BB5F0", "The target's own token after a fully accepted path."),
    "correction": Outcome(
        "correction", "\u25a0", "#A36A00", "#F0B429", "The target's own token where every examined guess lost."
    ),
}


def visible(text: str) -> str:
    """Token text with its outer spaces, line ends, tabs and control characters made visible."""
    inner = text.strip(" ")
    if not inner:
        return SPACE * len(text) or "\u2205"
    left, right = len(text) - len(text.lstrip(" ")), len(text) - len(text.rstrip(" "))
    shown = "".join(_letter(letter) for letter in inner)
    return SPACE * left + shown + SPACE * right


def _letter(letter: str) -> str:
    if letter == "\n":
        return NEWLINE
    if letter == "\t":
        return TAB
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"<0x{ord(letter):02X}>"
    return letter


def short(text: str, limit: int = 14) -> str:
    """Visible text of at most `limit` characters, an ellipsis where it was cut."""
    # A letter is one character or more: what is far behind the limit need not be looked at.
    behind = MORE if text[limit:].strip(" ") else " "
    head = text if len(text) <= limit else f"{text[:limit]}{behind}"
    shown = visible(head)
    return shown if len(shown) <= limit else shown[: limit - 1] + MORE


def lettered(text: str, limit: int = 60) -> str:
    """Text from strangers in a Plotly chart, letter by letter: Plotly reads tags, entities and $..$ in every text.

    Quotes stay, because Plotly knows `&lt;`, `&gt;` and `&amp;` only; nothing of a text stands inside a tag.
    """
    return html.escape(short(text, limit), quote=False).replace("$", "&#36;")
