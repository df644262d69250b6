"""Asking the hub about a model: short, bounded, and only when somebody asks. No torch."""

from __future__ import annotations

from queue import Empty, Queue
from threading import Thread
from typing import Any

from specviz.models.preflight.facts import ModelFacts, check_name, facts_of, weighed
from specviz.models.preflight.troubles import explain, shown

SECONDS = 5.0  # the hub's own client would try for half a minute, for every file


def ask_hub(name: str) -> ModelFacts:
    """What the hub says of an id: parameters, licence, access, size of files; its config.json goes into the cache.

    ModelError where there is no such id, no way in, or no network. Never longer than about ten seconds.
    """
    check_name(name)
    answers: Queue[Any] = Queue(1)
    # A name server that is silent knows no timeout; a daemon thread holds up nobody, not even the end of the server.
    Thread(target=lambda: answers.put(_info_or_error(name)), daemon=True).start()
    try:
        info = answers.get(timeout=2 * SECONDS)
    except Empty:
        info = TimeoutError(f"no answer in {2 * SECONDS:g} seconds")
    if isinstance(info, Exception):
        raise explain(name, info) from info
    return weighed(_merged(facts_of(name), info))


def _info_or_error(name: str) -> Any:
    try:
        return _info(name)
    except Exception as error:  # each layer of the network has its own kinds
        return error


def _info(name: str) -> Any:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    info = HfApi().model_info(name, timeout=SECONDS, files_metadata=True)
    try:
        hf_hub_download(name, "config.json", etag_timeout=SECONDS)
    except (HfHubHTTPError, OSError):  # a gated model shows its card, not its files
        return info
    return info


def _merged(facts: ModelFacts, info: Any) -> ModelFacts:
    weights = getattr(info, "safetensors", None)
    sizes = [file.size for file in info.siblings or () if file.rfilename.endswith(".safetensors") and file.size]
    card = getattr(info, "card_data", None)
    licence = getattr(card, "license", None)
    return ModelFacts(
        facts.name, facts.place if facts.folder else "on the hub", facts.folder,
        facts.family or str((info.config or {}).get("model_type", "")),
        facts.parameters or (weights.total if weights else None), facts.disk or sum(sizes) or None,
        facts.stored or (", ".join(weights.parameters) if weights else ""),
        facts.licence or (shown(str(licence)) if licence else ""), bool(info.gated), facts.shape, facts.problem,
        facts.chat,
    )  # fmt: skip
