"""Measured laws as one `.npz` file: fixed-point columns and a JSON header; never pickle."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from specviz.records.files import MAX_BYTES, TraceError, provenance_of, read_bytes, write_bytes
from specviz.records.laws import PairLaws

SCHEMA = 1
STEP = 1024  # log-probabilities are kept to 1/1024 nat: a probability is off by less than 0.05 %
DAMAGE = (zipfile.BadZipFile, KeyError, TypeError, ValueError, IndexError, EOFError, OSError, NotImplementedError)
LEAST = -np.iinfo(np.int16).max / STEP


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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                raise TraceError(f"This file unpacks to more than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
        with np.load(io.BytesIO(data), allow_pickle=False) as columns:
            header = json.loads(columns["header"].tobytes())
            if header["kind"] != "laws" or header["schema"] > SCHEMA:
                raise TraceError("This file does not hold laws that this SpecViz reads; make them anew.")
            return PairLaws(
                provenance=provenance_of(header["provenance"]),
                temperature=float(header["temperature"]),
                seed=int(header["seed"]),
                kinds=tuple(map(str, header["kinds"])),
                prompts=tuple(map(str, header["prompts"])),
                text=columns["text"].astype(np.int32),
                token=columns["token"].astype(np.int32),
                target=columns["target"].astype(np.float32) / STEP,
                draft=columns["draft"].astype(np.float32) / STEP,
                texts=dict(enumerate(map(str, header["texts"]))),
            )
    except TraceError:
        raise
    except DAMAGE as error:
        raise TraceError(f"This file of laws is damaged: {str(error)[:160].rstrip('.')}.") from error


def _fixed(rows: np.ndarray) -> np.ndarray:
    return np.round(np.maximum(rows, LEAST) * STEP).astype(np.int16)
