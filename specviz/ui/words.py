"""Words from strangers (names, tokens, messages of libraries) inside our own sentences."""

from __future__ import annotations

import re

MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:^=&@/])")


def plain(text: str) -> str:
    """The text as letters only: Markdown, mathematics, colours and links in it mean nothing."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
