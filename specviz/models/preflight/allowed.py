"""Which models this server loads, by name, by place and by size; asked before anything is opened. No torch."""

from __future__ import annotations

import os

from specviz.models.catalog import embedded_models
from specviz.models.preflight.troubles import ModelError, Trouble, shown
from specviz.policy import EMBEDDED, policy

NAMED = 4  # names of a list that one sentence holds


def require_allowed(name: str) -> None:
    """ModelError for a name that is not on this server's list, or for a folder that lies outside its own.

    Both must hold, so that a folder is loaded where it is on the list (or there is none) and inside.
    """
    listed, embedded = policy().models, name in embedded_models()
    # The word itself is no name: the hub could have a model that is called so.
    if listed and (name == EMBEDDED or name not in listed) and not (embedded and EMBEDDED in listed):
        raise ModelError(f"{shown(name)} is not among the models of this server. {allowed_words()}",
                         Trouble.NOT_ALLOWED)  # fmt: skip
    root = policy().model_folder
    if root and not embedded and is_place(name) and not lies_inside(name, os.path.expanduser(root)):
        raise ModelError(f"{shown(name)} lies outside the folder from which this server loads models.",
                         Trouble.NOT_ALLOWED)  # fmt: skip


def require_size(name: str, parameters: int | None) -> None:
    """ModelError for a model with more parameters than this server loads; None is not known yet."""
    most = policy().largest_model
    if most and parameters is not None and parameters > most:
        raise ModelError(
            f"{shown(name)} has {parameters:,} parameters; this server loads models of at most {most:,}.",
            Trouble.NOT_ALLOWED,
        )


def listed_words() -> str:
    """The models of the list, in words; "" where there is no list."""
    names = ["the embedded models" if name == EMBEDDED else shown(name) for name in policy().models]
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def allowed_words() -> str:
    """One sentence on which models are loaded; "" where all are."""
    limits = policy()
    size = f" of at most {limits.largest_model:,} parameters" if limits.largest_model else ""
    place = "; in folders only from inside its own" if limits.model_folder else ""
    if not (limits.models or size or place):
        return ""
    return f"This server loads {listed_words() or 'any models'}{f',{size}' if limits.models and size else size}{place}."


def is_place(name: str) -> bool:
    """Whether a name means a place on this machine: by its letters, or because there is such a folder."""
    letters = name.startswith((".", "/", "~")) or any(mark in name for mark in ("\\", ":")) or name.count("/") > 1
    return letters or os.path.isdir(name)


def lies_inside(name: str, root: str) -> bool:
    """Whether a folder, and every file in it, lies inside the root; links and `..` are followed.

    A name whose letters lead outside is not looked up at all: on some systems a look is a request to another machine.
    """
    real = os.path.realpath(root)
    if not any(_under(os.path.abspath(name), place) for place in (os.path.abspath(root), real)):
        return False
    folder = os.path.realpath(name)
    if not _under(folder, real):
        return False
    files = os.listdir(folder) if os.path.isdir(folder) else []
    return all(_under(os.path.realpath(os.path.join(folder, file)), real) for file in files)


def _under(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
