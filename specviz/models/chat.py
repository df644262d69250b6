"""A prompt as a chat message, written the way the model's own template says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from specviz.models.preflight.troubles import ModelError, Trouble, shown

CHILD = Path(__file__).with_name("chat_child.py")
SECONDS = 20.0  # the libraries' start included, on a busy machine
LONGER = 100_000  # characters that a template may add to the message
# Beginnings of the names of variables that a Python process needs to find itself and its libraries.
NEEDED = (
    "PATH",
    "HOME",
    "PYTHON",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "DYLD_",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "LANG",
    "LC_",
)
# Pieces that end an answer where the list of end-of-text ids does not name them.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|end|>", "<|endofturn|>", "<|end_of_text|>")


def template_of(tokenizer: Any) -> str | None:
    """The chat template of a tokenizer; of several, the default one."""
    found = getattr(tokenizer, "chat_template", None)
    if isinstance(found, dict):
        found = found.get("default")
    return found if isinstance(found, str) and found.strip() else None


def turn_ends(tokenizer: Any) -> frozenset[int]:
    """Ids that end an answer of a model with a template; only added tokens count, not text that looks like one."""
    if template_of(tokenizer) is None:
        return frozenset()
    special = tokenizer.get_added_vocab()
    return frozenset(int(special[piece]) for piece in TURN_ENDS if piece in special)


def as_message(tokenizer: Any, prompt: str, name: str) -> list[int]:
    """Token ids of a conversation with this one message, up to where the answer begins.

    ModelError where there is no template, and where it breaks, does not end or writes without measure.
    """
    template = template_of(tokenizer)
    if template is None:
        raise ModelError(f"{shown(name)} has no chat template; give the prompt as plain text.", Trouble.TEMPLATE)
    special = {role: str(piece) for role, piece in tokenizer.special_tokens_map.items() if isinstance(piece, str)}
    try:
        text = _rendered(template, prompt, tuple(sorted(special.items())))
    except RuntimeError as error:
        raise ModelError(
            f"The chat template of {shown(name)} cannot be used: {shown(str(error))}.", Trouble.TEMPLATE
        ) from error
    return [int(i) for i in tokenizer(text, add_special_tokens=False)["input_ids"]]


@lru_cache(maxsize=32)
def _rendered(template: str, prompt: str, special: tuple[tuple[str, str], ...]) -> str:
    """The text; RuntimeError says what is wrong with the template, or with the machine at this moment.

    The child process is given only those variables of this one that it needs to start.
    """
    asked = {
        "template": template, "messages": [{"role": "user", "content": prompt}], "special": dict(special),
        "longest": len(prompt) + LONGER,
    }  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if name.startswith(NEEDED)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(CHILD)], input=json.dumps(asked), capture_output=True, text=True,
            encoding="utf-8", timeout=SECONDS, env=clean, check=True,
        )  # fmt: skip
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"it takes longer than {SECONDS:g} seconds") from error
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise RuntimeError("it takes too long or too much memory") from error
    if "error" in found:
        raise RuntimeError(str(found["error"]))
    return str(found["text"])
