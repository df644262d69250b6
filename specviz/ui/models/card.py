"""The embedded pair's card, and what this server has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from specviz.figures.labels import visible
from specviz.models.catalog import EMBEDDED
from specviz.models.preflight.allowed import listed_words
from specviz.models.preflight.machine import Machine
from specviz.models.preflight.memory import gigabytes
from specviz.policy import policy
from specviz.ui.glossary import define
from specviz.ui.tables import table_with_csv
from specviz.ui.uploads import most_megabytes


def server_panel(server: Machine) -> None:
    """What this server has."""
    free = gigabytes(server.free) if server.free is not None else "not known"
    devices = ", ".join(device for device in server.devices if device != "auto")
    rows = [
        {"what": "processor cores", "here": f"{server.cores}, one of them kept free for the page"},
        {"what": "memory free now", "here": free},
        {"what": "devices", "here": devices},
        *({"what": name, "here": number} for name, number in server.versions),
    ]
    st.markdown("**This server.** *Graphics cards appear under Device when their driver is there.*")
    st.dataframe(rows, hide_index=True, width="stretch", key="models-server")
    st.markdown("**What it allows.** *Whoever runs a server can set these limits; the sliders end at them.*")
    st.dataframe(allowed_rows(), hide_index=True, width="stretch", key="models-allowed", height="content")


def allowed_rows() -> list[dict[str, str]]:
    """The limits of this server, in words; where its folders lie is nobody's business."""
    limits = policy()
    most = most_megabytes()
    return [
        {"of": "models", "allowed": visible(listed_words()) or "any that fits"},
        {"of": "model folders", "allowed": "those inside one folder of this server" if limits.model_folder else "any"},
        {"of": "parameters of a model", "allowed": f"{limits.largest_model:,}" if limits.largest_model else "any"},
        {"of": "capacity P", "allowed": f"0 to {limits.capacity:,}"},
        {"of": "depth", "allowed": f"1 to {limits.depth:,}"},
        {"of": "new tokens of a run", "allowed": f"1 to {limits.new_tokens:,}"},
        {"of": "characters of a prompt", "allowed": f"1 to {limits.prompt:,}"},
        {"of": "files of visitors", "allowed": f"up to {most:,} MB each" if limits.uploads else "none"},
        {"of": "seconds of a job", "allowed": f"1 to {limits.seconds:,}"},
        {"of": "jobs at once", "allowed": f"{limits.jobs:,}, of one browser {limits.visitor_jobs:,}"},
    ]


def card_panel() -> None:
    """The embedded pair: how large, how good, from which texts."""
    st.markdown(
        "Four small Llama models that ship with SpecViz and share one tokenizer of 1,024 pieces: they need no network, "
        "no login and a second to load. *They are made to show decoding, not to be right.*"
    )
    figures: Mapping[str, Any] = json.loads((EMBEDDED / "fable" / "figures.json").read_text("utf-8"))
    names = list(figures["parameters"])
    rows = [
        {"model": name, "parameters": figures["parameters"][name]}
        | {f"{kind}, bits": round(values[f"bits {name}"], 3) for kind, values in figures["kinds"].items()}
        | {"tokens seen": figures["training"][name]["tokens"]}
        for name in names
    ]
    st.markdown("**Bits per character on held-out text**", help=define("bits per character"))
    table_with_csv(rows, "models-card")
    st.markdown("**Texts and their licences** (the weights: Apache-2.0)")
    st.table(text_rows())


def text_rows() -> list[dict[str, str]]:
    """The table of texts in the embedded pair's model card."""
    lines = (EMBEDDED / "fable" / "README.md").read_text("utf-8").partition("## Text and licences")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [{"kind": row[0], "source": row[1], "licence": row[2]} for row in cells[2:]]
