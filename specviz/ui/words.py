"""Words from strangers (names, tokens, messages of libraries) inside our own sentences."""

from __future__ import annotations

import re

MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:^=&@/])")
NUMBER = re.compile(r"^(\d+)([.)])")
JOINER = "\u2060"  # nobody sees it, and nothing is one word across it
# Streamlit looks for these again after Markdown is done, when a backslash is gone: links without brackets, `:icon:`
# and arrows made of letters.
LATE = re.compile(r"(?<=:)(?=\S)|(?<=\S)(?=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE)


def plain(text: str) -> str:
    """The text as letters only: Markdown, mathematics, colours, icons and links in it mean nothing."""
    words = LATE.sub(JOINER, " ".join(text.split()))
    return NUMBER.sub(r"\1\\\2", MARKS.sub(r"\\\1", words))
