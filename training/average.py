"""One model from several that were trained on from the same checkpoint: the mean of their weights.

    python training/average.py RUN [RUN ...] --out RUN --stage target

Further passes over a small corpus make a model better and worse in different places; the mean of the weights keeps
more of the better (Wortsman et al. 2022, arXiv 2203.05482). Whether it did here, `export.py` measures.
"""

from __future__ import annotations

import argparse
import json
from itertools import takewhile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="--out folders of train.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stage", default="target")
    arguments = parser.parse_args()
    folders = [run / arguments.stage for run in arguments.runs]
    models = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in folders]
    states = [model.state_dict() for model in models]
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    models[0].load_state_dict(mean)
    folder = arguments.out / arguments.stage
    models[0].save_pretrained(folder)
    logs = [(one / "training.jsonl").read_text().splitlines() for one in folders]
    together = [lines[0] for lines in takewhile(lambda lines: len(set(lines)) == 1, zip(*logs, strict=False))]
    lines = together + [line for log in logs for line in log[len(together) :]]
    (folder / "training.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "averaged.json").write_text(json.dumps({"runs": len(folders)}) + "\n")


if __name__ == "__main__":
    main()
