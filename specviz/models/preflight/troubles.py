"""What can be wrong with a model, in the words of the person at the screen: the one place that reads strange errors."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import NoReturn


class Trouble(StrEnum):
    """Kinds of failure, each with its own way out."""

    NAME = "not a name"
    NOT_ALLOWED = "not loaded on this server"
    FOLDER = "not a model folder"
    MISSING = "no such id"
    GATED = "needs a login"
    OFFLINE = "hub out of reach"
    MEMORY = "not enough memory"
    SAFETENSORS = "no safetensors"
    DAMAGED = "damaged or incomplete files"
    CODE = "needs code of its own"
    FAMILY = "unknown architecture"
    LIBRARY = "needs another library"
    RECURRENT = "recurrent layers"
    ALIBI = "positions by distance"
    TOKENIZER = "no readable tokenizer"
    TOKENS = "tokenizers differ"
    TEMPLATE = "no usable chat template"
    DEVICE = "no such device"
    PASS = "first pass failed"
    STOPPED = "stopped"
    OTHER = "something else"


class ModelError(ValueError):
    """A pair that cannot be used; the message is one sentence for the person at the screen."""

    def __init__(self, message: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(without_token(message))
        self.trouble = trouble


TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")  # the variables in which the hub's library looks for one


def without_token(text: str) -> str:
    """A text without the hub's token, whatever library or server has put it there."""
    for secret in (os.environ.get(name, "").strip() for name in TOKENS):
        text = text.replace(secret, "(token)") if secret else text
    return text


# What to do about it, and an example that works; the embedded pair needs neither a network nor a login.
EMBEDDED = ("fable/target", "fable/draft")
OPEN = ("Qwen/Qwen3-1.7B", "Qwen/Qwen3-0.6B")
REMEDIES: dict[Trouble, tuple[str, tuple[str, str]]] = {
    Trouble.NAME: ("An id looks like `Qwen/Qwen3-4B`; a folder like `/models/mine` or `./mine`.", EMBEDDED),
    Trouble.NOT_ALLOWED: (
        "Whoever runs this server has chosen what it loads; the Models page says what that is under This server. On a "
        "machine of your own SpecViz loads whatever fits.",
        EMBEDDED,
    ),
    Trouble.FOLDER: ("A model folder holds `config.json`, `tokenizer.json` and `*.safetensors`.", EMBEDDED),
    Trouble.MISSING: ("Copy the id from the model's page on the hub: `owner/name`, capital letters included.", OPEN),
    Trouble.GATED: (
        "1. Open the model's page and accept its licence. 2. Make a read token in your hub settings. 3. Start SpecViz "
        "with it in the environment: `HF_TOKEN=... streamlit run app.py`. The token is never shown or stored here.",
        OPEN,
    ),
    Trouble.OFFLINE: (
        "Either connect this server, or fetch the model where there is a network (`hf download OWNER/NAME`), copy the "
        "folder here and give its path. With `HF_HUB_OFFLINE=1` only what is in the cache is used.",
        EMBEDDED,
    ),
    Trouble.MEMORY: ("Choose a smaller dtype (bfloat16 halves float32), a smaller pair, or fewer tokens.", EMBEDDED),
    Trouble.SAFETENSORS: (
        "Only safetensors are read: a pickle (`.bin`, `.pt`) can run code, and GGUF is for other programs. Convert it "
        "once with `save_pretrained`, or choose a repository that has them.",
        OPEN,
    ),
    Trouble.DAMAGED: ("Delete the folder (or its cache entry) and fetch it again; look for a full disk.", EMBEDDED),
    Trouble.CODE: (
        "Refused on purpose: the repository would run its own Python on this server. Most families are also there "
        "without such code.",
        OPEN,
    ),
    Trouble.FAMILY: ("Causal text models of transformers 5 work; a newer model may need a newer transformers.", OPEN),
    Trouble.LIBRARY: ("Choose the unquantised model of the same name; quantised formats bring own libraries.", OPEN),
    Trouble.RECURRENT: (
        "A tree of guesses needs attention: its branches share the past and hide from one another. A recurrent state "
        "has one past only. Choose a model whose layers are all attention.",
        OPEN,
    ),
    Trouble.ALIBI: ("Choose a family with rotary or learned positions, which can be given token by token.", OPEN),
    Trouble.TOKENIZER: ("The folder needs `tokenizer.json`; copy it from the model it was made from.", EMBEDDED),
    Trouble.TOKENS: ("Choose two models of one family and generation; their ids must mean the same tokens.", EMBEDDED),
    Trouble.TEMPLATE: ("Write the prompt as plain text: switch the chat message off.", OPEN),
    Trouble.DEVICE: ("Choose `auto`: it takes a graphics card where there is one, else the CPU.", EMBEDDED),
    Trouble.PASS: ("This family does not take a tree in one pass; choose one of the curated list.", OPEN),
    Trouble.STOPPED: ("Press Load to begin again; files that were fetched are kept.", EMBEDDED),
    Trouble.OTHER: ("If the files are good, this is worth a report with the sentence above.", EMBEDDED),
}


def explain(name: str, error: Exception) -> ModelError:
    """What a library's error about this model means; the first known cause in its chain decides."""
    for cause in _chain(error):
        if isinstance(cause, ModelError):
            return cause
        found = _by_class(name, cause) or _by_words(name, str(cause))
        if found is not None:
            return found
    return ModelError(f"{shown(name)} could not be loaded: {first_line(error)}")


def shown(name: str) -> str:
    """A name as it may stand in a sentence: one line, not long, nothing invisible."""
    line = "".join(letter if letter.isprintable() else "?" for letter in name)
    return line if len(line) <= 80 else line[:60] + "\u2026"


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and len(chain) < 12:
        chain.append(error)
        error = error.__cause__ or error.__context__
    # A class of the hub is exact; the sentence that transformers wraps around it is not.
    return sorted(chain, key=lambda cause: not type(cause).__module__.startswith(("huggingface_hub", "specviz")))


def _by_class(name: str, cause: BaseException) -> ModelError | None:
    from huggingface_hub import errors

    named = shown(name)
    if isinstance(cause, errors.GatedRepoError):
        return ModelError(
            f"{named} is gated: its owner wants you to accept a licence first, and this server has no token that did.",
            Trouble.GATED,
        )
    if isinstance(cause, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return ModelError(f"The hub has no model {named} that this server may see; check the spelling.",
                          Trouble.MISSING)  # fmt: skip
    if isinstance(cause, errors.HFValidationError):
        refuse_name(name)
    if isinstance(cause, errors.OfflineModeIsEnabled | errors.LocalEntryNotFoundError | ConnectionError | TimeoutError):
        return ModelError(
            f"{named} is not on this machine, and the hub could not be reached; give a folder or an embedded model.",
            Trouble.OFFLINE,
        )
    kind = type(cause).__name__
    if kind in ("ConnectError", "ConnectTimeout", "ReadTimeout", "ProxyError"):
        return _by_class(name, ConnectionError())
    if kind == "SafetensorError":
        return ModelError(f"The weights of {named} cannot be read: {first_line(cause)}.", Trouble.DAMAGED)
    if isinstance(cause, MemoryError):
        return ModelError(f"There is not enough memory for {named}.", Trouble.MEMORY)
    if isinstance(cause, ImportError):
        return ModelError(f"{named} needs a library that is not installed: {first_line(cause)}.", Trouble.LIBRARY)
    return None


# What torch says of a card, of a CPU, and of a CPU under Windows.
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or torch means that memory ran out."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in OUT_OF_MEMORY)


# Words of transformers and torch, which raise ValueError, OSError and RuntimeError for all of these.
WORDS: tuple[tuple[str, Trouble, str], ...] = (
    ("custom code", Trouble.CODE, "{name} brings Python code of its own, which this server does not run."),
    ("trust_remote_code", Trouble.CODE, "{name} brings Python code of its own, which this server does not run."),
    *((words, Trouble.MEMORY, "There is not enough memory for {name} on this device.") for words in OUT_OF_MEMORY),
    ("no file named model.safetensors", Trouble.SAFETENSORS, "{name} has no weights as safetensors."),
    ("does not recognize this architecture", Trouble.FAMILY, "{name} is of a family that transformers does not know."),
    ("unrecognized model in", Trouble.FAMILY, "The config.json of {name} does not say of which family it is."),
    ("unrecognized configuration class", Trouble.FAMILY, "{name} is no causal text model."),
    ("does not support an attention", Trouble.FAMILY, "{name} has an attention that takes no mask for a tree."),
    ("not a valid json", Trouble.DAMAGED, "A file of {name} is no valid JSON."),
    ("class validation error", Trouble.DAMAGED, "The config.json of {name} contradicts itself."),
    ("mismatched_sizes", Trouble.DAMAGED, "The weights of {name} have other shapes than its config.json says."),
    ("instantiate the backend tokenizer", Trouble.TOKENIZER, "{name} has no tokenizer that can be read."),
    ("linearattention", Trouble.RECURRENT, "{name} has recurrent layers, whose state cannot branch into a tree."),
    ("non linear attention layer", Trouble.RECURRENT, "{name} has recurrent layers, whose state cannot branch."),
    ("couldn't connect", Trouble.OFFLINE, "{name} is not on this machine, and the hub could not be reached."),
)


def _by_words(name: str, text: str) -> ModelError | None:
    low = text.lower()
    for words, trouble, sentence in WORDS:
        if words in low:
            return ModelError(sentence.format(name=shown(name)), trouble)
    return None


def refuse_name(name: str) -> NoReturn:
    """ModelError for a text that is neither a folder nor an id."""
    raise ModelError(
        f"{shown(name)} is neither a folder here nor an id: an id has letters, digits, '-', '_', '.' and one slash.",
        Trouble.NAME,
    )


def first_line(error: BaseException) -> str:
    """The first line of a library's message, not long."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return shown(text.rstrip(".")) if len(text) <= 80 else text[:200]
