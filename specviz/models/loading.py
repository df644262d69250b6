"""The steps from a name to a model that can be run; every failure is a ModelError with its kind of trouble."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from specviz.models.catalog import folder_of, resolve
from specviz.models.preflight.allowed import require_size
from specviz.models.preflight.branching import UNBRANCHING, refuse_recurrent, require_branching
from specviz.models.preflight.facts import check_folder, check_name, facts_of
from specviz.models.preflight.hub import ask_hub
from specviz.models.preflight.memory import free_memory
from specviz.models.preflight.places import Places, arrange, read_places
from specviz.models.preflight.shape import shape_of
from specviz.models.preflight.troubles import ModelError, Trouble, explain, shown

# Loading is reported by the page and the command line in their own words.
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()

MOST_LAYERS = 2000
# Building a model sets defaults of the whole process: two at once leave tensors of one without a value.
_BUILDING = threading.Lock()
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def devices_here() -> list[str]:
    """Every single device of this machine, the CPU first."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    apple = torch.backends.mps.is_available()
    return ["cpu", *(["mps"] if apple else []), *(["cuda"] if cards else []), *(f"cuda:{i}" for i in range(cards))]


def choose_places(name: str, target: int, draft: int) -> Places:
    """`auto` is CUDA where there is one (several cards: see `arrange`), then MPS, then CPU; else as it is named.

    target, draft: bytes of each model with its caches. ModelError for a device that is not there.
    """
    there = devices_here()
    cards = [device for device in there if device.startswith("cuda:")]
    if name == "auto" and cards:
        return arrange(target, draft, [free_memory(card) or 0 for card in cards])
    if name == "auto":
        name = "mps" if "mps" in there else "cpu"
    return read_places(name, there)


def choose_dtype(name: str, device: str) -> torch.dtype:
    """`auto` is float32 on a CPU and bfloat16 elsewhere; ModelError for a name that is none."""
    if name == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    if name not in DTYPES:
        raise ModelError(f"There is no dtype {shown(name)}; there are {', '.join(DTYPES)}.", Trouble.DEVICE)
    return DTYPES[name]


def spare_a_core() -> None:
    """One core stays free for the page: threads that wait for a busy core made passes a hundred times slower."""
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def share_cores(workers: int) -> None:
    """As many threads as the cores give each of several processes; to be called after a pair was loaded."""
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // workers))


def source_of(name: str) -> str:
    """What transformers should load: a folder where all is there, else the id, once the hub has said that it exists."""
    check_name(name)
    require_size(name, facts_of(name).parameters)
    folder = folder_of(name)
    if folder is not None:
        try:
            check_folder(name, folder)
        except ModelError as error:
            if folder == Path(resolve(name)) or error.trouble in UNBRANCHING:
                raise
        else:
            return str(folder)
    require_size(name, ask_hub(name).parameters)
    return name


def read_tokenizer(name: str, source: str) -> Any:
    """The tokenizer of a model."""
    try:
        return AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except Exception as error:  # the hub, the disk and the parsers each raise their own kinds
        found = explain(name, error)
        if found.trouble != Trouble.OTHER:
            raise found from error
        raise ModelError(f"The tokenizer of {shown(name)} could not be read.", Trouble.TOKENIZER) from error


def read_config(name: str, source: str) -> Any:
    """The configuration of a model; what cannot hold a tree, or brings code, is refused here, before any weights."""
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
    except Exception as error:  # configuration files of strangers break in as many ways
        raise explain(name, error) from error
    require_branching(name, config.to_dict())
    return config


def count_parameters(name: str, config: Any) -> int:
    """Exact number of parameters, from the configuration alone: the model is built without memory.

    ModelError for a family that transformers marks as one with a state, and for more than this server loads.
    """
    shape = shape_of(config.to_dict())
    if shape is not None and shape.layers > MOST_LAYERS:  # each is an object, even without memory
        raise ModelError(f"The config.json of {shown(name)} asks for {shape.layers:,} layers.", Trouble.DAMAGED)
    try:
        with _BUILDING, torch.device("meta"):
            module: Any = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:  # no causal model of this family, or sizes that do not fit
        raise explain(name, error) from error
    if module._is_stateful:
        refuse_recurrent(name)
    count = sum(parameter.numel() for parameter in module.parameters())
    require_size(name, count)
    return count


def context_of(config: Any) -> int:
    """Most tokens of one text: the model's context, and less where `Shape.limit` says so.

    That is the window of a family whose windows are not in `models/windows.py`: its tree pass past the window has not
    been tested, so every layer must see the whole text.
    """
    shape = shape_of(config.to_dict())
    return 1 << 20 if shape is None else min(shape.reads, 1 << 20)


def read_module(
    name: str, source: str, device: str, dtype: torch.dtype, spread: Mapping[int, int] | None = None
) -> Any:
    """The model with its weights, on its device. spread: its layers on several cards, at most so many bytes on each."""
    how: dict[str, Any] = {}
    if spread is not None:
        if importlib.util.find_spec("accelerate") is None:
            raise ModelError(
                f"{shown(name)} would have to be spread over {len(spread)} cards, and the library that does it is not "
                "installed: `pip install accelerate`.",
                Trouble.LIBRARY,
            )
        how = {"device_map": "auto", "max_memory": dict(spread)}
    try:
        try:
            module, report = _from_pretrained(source, dtype, "sdpa", **how)
        except ValueError as error:
            if "does not support an attention implementation" not in str(error):
                raise
            module, report = _from_pretrained(source, dtype, "eager", **how)
        lacking = sorted(report.get("missing_keys", ()))
        if lacking:  # transformers would fill them with noise
            raise ModelError(
                f"The weight files of {shown(name)} lack {len(lacking)} tensors, {shown(lacking[0])} first.",
                Trouble.DAMAGED,
            )
        require_size(name, sum(parameter.numel() for parameter in module.parameters()))
        return (module.to(device) if spread is None else module).eval()
    except Exception as error:  # the hub, the disk, the parsers and the device each raise their own kinds
        raise explain(name, error) from error


def _from_pretrained(source: str, dtype: torch.dtype, attention: str, **how: Any) -> tuple[Any, dict[str, Any]]:
    with _BUILDING:
        found: Any = AutoModelForCausalLM.from_pretrained(
            source, dtype=dtype, attn_implementation=attention, use_safetensors=True, trust_remote_code=False,
            output_loading_info=True, **how,
        )  # fmt: skip
    module, report = found
    return module, report
