"""Measured laws as one `.npz` file: fixed-point columns and a JSON header; never pickle."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from specviz.records.common_shapes import NAME, PROVENANCE, header
from specviz.records.files import TraceError, damage_as_sentence, provenance_of, read_bytes, write_bytes
from specviz.records.json_text import parse_json
from specviz.records.laws import PairLaws
from specviz.records.npz import Column, read_columns
from specviz.records.settings import MAX_SEED
from specviz.records.shapes import each, number, parts, text, whole

SCHEMA = 1
STEP = 1024  # log-probabilities are kept to 1/1024 nat: a probability is off by less than 0.05 %
LEAST = -np.iinfo(np.int16).max / STEP
COLUMNS = {
    "header": Column("|u1", 1),
    "text": Column("<i4", 1),
    "token": Column("<i4", 1),
    "target": Column("<i2", 2),
    "draft": Column("<i2", 2),
}
HEADER = parts(
    header(
        provenance=PROVENANCE,
        temperature=number(0, 5),
        seed=whole(0, MAX_SEED),
        kinds=each(NAME),
        prompts=each(text()),
        texts=each(NAME),
    )
)


def save_laws(laws: PairLaws, path: Path) -> None:
    """Write laws; log-probabilities below -32 nats are stored as -32."""
    header = {
        "kind": "laws",
        "schema": SCHEMA,
        "provenance": asdict(laws.provenance),
        "temperature": laws.temperature,
        "seed": laws.seed,
        "kinds": laws.kinds,
        "prompts": laws.prompts,
        "texts": [laws.texts[i] for i in range(laws.vocabulary)],
    }
    text = np.frombuffer(json.dumps(header, ensure_ascii=False).encode("utf-8", "replace"), np.uint8)
    target, draft = _fixed(laws.target), _fixed(laws.draft)
    packed = io.BytesIO()
    np.savez_compressed(packed, header=text, text=laws.text, token=laws.token, target=target, draft=draft)
    write_bytes(packed.getvalue(), path)


def load_laws(path: Path) -> PairLaws:
    """Read laws; TraceError says what is wrong with the file."""
    data = read_bytes(path)
    with damage_as_sentence("file of laws"):
        columns = read_columns(data, COLUMNS)
        header = parse_json(columns["header"].tobytes())
        if not isinstance(header, dict) or header.get("kind") != "laws" or header.get("schema") != SCHEMA:
            raise TraceError("This file does not hold laws that this SpecViz reads; make them anew.")
        HEADER(header)
        if len(header["texts"]) != columns["target"].shape[1]:
            raise ValueError("a token has no text")
        return PairLaws(
            provenance=provenance_of(header["provenance"]),
            temperature=float(header["temperature"]),
            seed=int(header["seed"]),
            kinds=tuple(header["kinds"]),
            prompts=tuple(header["prompts"]),
            text=columns["text"],
            token=columns["token"],
            target=columns["target"].astype(np.float32) / np.float32(STEP),
            draft=columns["draft"].astype(np.float32) / np.float32(STEP),
            texts=dict(enumerate(header["texts"])),
        )


def _fixed(rows: np.ndarray) -> np.ndarray:
    return np.round(np.maximum(rows, LEAST) * STEP).astype(np.int16)
