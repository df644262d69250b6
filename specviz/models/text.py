"""Text of single tokens, bytes that are no character by themselves included."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _byte_of() -> dict[str, int]:
    """The byte behind each letter of a byte-level vocabulary (the table of GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in plain}
    rest = [b for b in range(256) if b not in plain]
    return table | {chr(256 + i): b for i, b in enumerate(rest)}


def token_text(tokenizer: Any, token: int) -> str:
    """The token's own text; a token that is part of a character is written as its bytes, <0xE2>."""
    text = str(tokenizer.decode([token], clean_up_tokenization_spaces=False))
    if "\ufffd" not in text:
        piece = tokenizer.convert_ids_to_tokens(token)
        # SentencePiece drops a leading space when a token is decoded alone.
        if isinstance(piece, str) and piece.startswith("\u2581") and not text.startswith(" "):
            return " " + text
        return text
    piece = str(tokenizer.convert_ids_to_tokens(token))
    values = [_byte_of().get(letter) for letter in piece]
    if None in values:
        return text
    return "".join(f"<0x{value:02X}>" for value in values)
