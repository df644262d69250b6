"""Ship a trained pair: half-precision weights, one tokenizer, measured figures and a model card.

    python training/export.py --corpus FOLDER --run FOLDER --name NAME --recipe cpu

Everything on the card is measured here, on held-out text and on text that the target samples.
"""

from __future__ import annotations

import argparse
import json
import math
import tomllib
from pathlib import Path

import numpy as np
import torch
from text import END_OF_TEXT, encode, read_texts
from tokenizers import processors
from train import STAGES, bits_per_character
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

MODELS = Path(__file__).resolve().parents[1] / "assets" / "models"
WINDOW = 50  # characters of a window that counts as recited when it stands in the training text


def load(folder: Path) -> torch.nn.Module:
    """A model in evaluation mode, float32."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@torch.no_grad()
def sample_texts(target: torch.nn.Module, ids: list[int], count: int, length: int, temperature: float) -> np.ndarray:
    """int[count, length] sampled continuations of one prompt."""
    torch.manual_seed(1)
    batch = torch.tensor([ids] * count)
    return target.generate(
        batch, do_sample=True, temperature=temperature, top_k=0, top_p=1.0, max_new_tokens=length, min_new_tokens=length
    )[:, len(ids) :].numpy()


@torch.no_grad()
def overlap_and_moments(
    target: torch.nn.Module, drafts: dict[str, torch.nn.Module], documents: list[np.ndarray], context: int
) -> dict[str, float]:
    """Mean sum min(p, q) of each draft, mu and mu2 at temperature 1, teacher-forced on held-out text."""
    totals: dict[str, float] = {"mu": 0.0, "mu2": 0.0, "positions": 0.0} | {f"overlap {d}": 0.0 for d in drafts}
    for ids in documents:
        window = torch.tensor(ids[None, :context].astype(np.int64))
        logs = torch.log_softmax(target(input_ids=window).logits[0].double(), -1)
        laws = logs.exp()
        totals["positions"] += len(laws)
        totals["mu"] += float(-(laws * logs).sum())
        totals["mu2"] += float((laws * logs * logs).sum())
        for name, draft in drafts.items():
            other = torch.softmax(draft(input_ids=window).logits[0].double(), -1)
            totals[f"overlap {name}"] += float(torch.minimum(laws, other).sum())
    count = totals.pop("positions")
    return {name: total / count for name, total in totals.items()} | {"positions": count}


def recitation(samples: list[str], corpus: str) -> float:
    """Share of windows of sampled text that stand, letter for letter, in the training text."""
    windows = [text[i : i + WINDOW] for text in samples for i in range(0, max(0, len(text) - WINDOW), 10)]
    return sum(window in corpus for window in windows) / max(1, len(windows))


def training_totals(log: Path) -> dict[str, float]:
    """Tokens and minutes over all runs of a stage; each run counts from zero."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ends = [a for a, b in zip(lines, [*lines[1:], {"tokens": 0}], strict=True) if b["tokens"] <= a["tokens"]]
    return {"tokens": sum(line["tokens"] for line in ends), "minutes": sum(line["minutes"] for line in ends)}


def ship(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Half-precision safetensors and the tokenizer, which opens every text with the end-of-text token."""
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    model.float()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of train.py")
    parser.add_argument("--name", default="fable")
    parser.add_argument("--recipe", default="cpu")
    arguments = parser.parse_args()
    recipe = tomllib.loads((Path(__file__).parent / "recipe.toml").read_text())
    context = recipe["context"]
    training, held_out = read_texts(arguments.corpus, recipe)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(arguments.run / "tokenizer")
    end = tokenizer.eos_token_id
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{END_OF_TEXT} $A", special_tokens=[(END_OF_TEXT, end)]
    )
    tokenizer.model_max_length = context
    models = {stage: load(arguments.run / stage) for stage in STAGES[1:] if (arguments.run / stage).is_dir()}
    target = models["target"]
    drafts = {name: model for name, model in models.items() if name != "target"}

    plain = PreTrainedTokenizerFast.from_pretrained(arguments.run / "tokenizer")
    checks = {kind: encode(plain, texts) for kind, texts in held_out.items()}
    figures: dict[str, dict[str, float]] = {}
    for kind in checks:
        documents = checks[kind][:40]
        figures[kind] = {
            f"bits {name}": bits_per_character(model, held_out[kind], checks[kind], context, "cpu")
            for name, model in models.items()
        } | overlap_and_moments(target, drafts, documents, context)
    prompts = {"story": "Once upon a time", "sum": "Question:", "code": "def "}
    corpus = "\n".join(text for texts in training.values() for text in texts)
    samples: dict[str, list[str]] = {}
    recited: dict[str, float] = {}
    for kind, prompt in prompts.items():
        ids = [end, *plain(prompt)["input_ids"]]
        rows = sample_texts(target, ids, 16, 200, 0.7)
        samples[kind] = [prompt + plain.decode(row).split(END_OF_TEXT)[0] for row in rows]
        recited[kind] = recitation(samples[kind], corpus)
    folder = MODELS / arguments.name
    for name, model in models.items():
        ship(model, tokenizer, folder / name)
    logs = {name: training_totals(arguments.run / name / "training.jsonl") for name in models}
    sizes = {name: sum(p.numel() for p in model.parameters()) for name, model in models.items()}
    (folder / "figures.json").write_text(
        json.dumps({"kinds": figures, "recited": recited, "training": logs, "parameters": sizes}, indent=1) + "\n"
    )
    averaged = {name: averaged_from(arguments.run / name) for name in models}
    (folder / "README.md").write_text(card(arguments.name, recipe, figures, recited, samples, logs, sizes, averaged))
    print((folder / "README.md").read_text())


def averaged_from(folder: Path) -> int:
    """Of how many models a model is the mean (`average.py`)."""
    said = folder / "averaged.json"
    return int(json.loads(said.read_text())["runs"]) if said.is_file() else 1


def card(
    name: str, recipe: dict, figures: dict, recited: dict, samples: dict, logs: dict, sizes: dict, averaged: dict
) -> str:
    """The model card, from measured figures only."""
    lines = [
        f"# {name}: an embedded pair for speculative decoding",
        "",
        f"Small Llama models that share one byte-level BPE of {recipe['vocabulary']:,} pieces: a target, a draft model "
        "distilled on the target's distributions (at last also over texts that the target wrote itself), a middle "
        "model for hierarchies distilled the same way, and a second draft model trained plainly on the same text, as a "
        "contrast. Made to show speculative decoding on a CPU; not made to be right: sums are often wrong, and code "
        "does not run.",
        "",
        "| model | parameters | tokens seen | minutes (at most 2 CPU cores) | mean of |",
        "|---|---|---|---|---|",
    ]
    for model, size in sizes.items():
        seen, many = logs[model], averaged[model]
        of = f"{many} models trained on from one" if many > 1 else "one model"
        lines.append(f"| {model} | {size:,} | {seen['tokens'] / 1e6:.1f} M | {seen['minutes']:.0f} | {of} |")
    lines += ["", "## Measured on held-out text (every 40th text of each file; temperature 1)", ""]
    names = [k for k in next(iter(figures.values())) if k != "positions"]
    heads = {"mu": "mu, nats", "mu2": "mu2, nats^2"}
    lines.append("| kind | " + " | ".join(heads.get(n, n) for n in names) + " |")
    lines.append("|---" * (len(names) + 1) + "|")
    lines += [f"| {kind} | " + " | ".join(f"{row[n]:.3f}" for n in names) + " |" for kind, row in figures.items()]
    mean = {n: math.fsum(row[n] for row in figures.values()) / len(figures) for n in names}
    lines.append("| mean of kinds | " + " | ".join(f"{mean[n]:.3f}" for n in names) + " |")
    lines += [
        "",
        "bits = bits per character; overlap = mean of sum min(p, q), the acceptance rate of one draft token; mu = mean "
        "entropy of the target's next token; mu2 = mean of sum p log^2 p.",
        "",
        f"Recitation (share of {WINDOW}-character windows of text sampled at temperature 0.7 that stand in the "
        "training text): " + ", ".join(f"{kind} {share:.1%}" for kind, share in recited.items()) + ".",
        "",
        "## Samples at temperature 0.7",
        "",
    ]
    for kind, texts in samples.items():
        lines += [f"**{kind}**", "", "```text", texts[0].strip(), "```", ""]
    lines += ["## Text and licences", "", "| kind | source | licence | copies per round |", "|---|---|---|---|"]
    for entry in recipe["text"]:
        lines.append(f"| {entry['kind']} | {entry['source']} | {entry['licence']} | {entry['weight']} |")
    lines += [
        "",
        "The text itself is not shipped. Recipe: `training/recipe.toml`; script: `training/train.py`, which trains on "
        "from a checkpoint; this card: `training/export.py`. Weights: Apache-2.0.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
