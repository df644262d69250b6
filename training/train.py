"""Train an embedded pair: tokenizer, target, a distilled draft, a plainly trained draft and a distilled middle model.

    python training/train.py --corpus FOLDER --out FOLDER [--recipe cpu|gpu] [--stages target,draft]

The folder of texts is described in recipe.toml. The distilled models also read texts that the target writes itself
(stage `samples`). A stage that finds its own checkpoint trains on from it, so a later
run with more compute improves the pair; `--minutes` shortens or lengthens a stage.
"""

from __future__ import annotations

import argparse
import json
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that every torch text uses
from sample import interleaved, sample_windows
from text import encode, read_texts, rounds, train_tokenizer
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

STAGES = ("tokenizer", "target", "samples", "draft", "draft-plain", "middle")
DISTILLED = ("draft", "middle")
Loss = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]


def build_model(size: dict, recipe: dict, end: int) -> torch.nn.Module:
    """A Llama with tied embeddings and the head size that the recipe gives."""
    config = LlamaConfig(
        vocab_size=recipe["vocabulary"],
        hidden_size=size["hidden"],
        num_hidden_layers=size["layers"],
        num_attention_heads=size["heads"],
        num_key_value_heads=size["kv_heads"],
        intermediate_size=size["intermediate"],
        max_position_embeddings=recipe["context"],
        tie_word_embeddings=True,
        bos_token_id=end,
        eos_token_id=end,
    )
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")


def load_or_build(folder: Path, size: dict, recipe: dict, end: int) -> torch.nn.Module:
    """The checkpoint in `folder` if there is one, else a fresh model."""
    if (folder / "model.safetensors").is_file():
        print(f"training on from {folder}", flush=True)
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return build_model(size, recipe, end)


def optimizers(model: torch.nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for embeddings and norms."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and "embed" not in n)]
    return [
        torch.optim.Muon(matrices, lr=0.02, weight_decay=0.01, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=4e-3, weight_decay=0.0, betas=(0.9, 0.98)),
    ]


def rate(progress: float, step: int) -> float:
    """Warm up over 100 steps, stay level to 40 % of the run, then fall in a straight line to 2 %."""
    warm = min(1.0, (step + 1) / 100)
    return warm * min(1.0, max(0.02, (1 - progress) / 0.6))


def text_loss(logits: torch.Tensor, ids: torch.Tensor, progress: float) -> torch.Tensor:
    """Cross-entropy of the next token, nats."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten())


def distillation_loss(target: torch.nn.Module) -> Loss:
    """KL(target || draft) that turns, as training goes on, into the total variation that sets acceptance [3]."""

    def loss(logits: torch.Tensor, ids: torch.Tensor, progress: float) -> torch.Tensor:
        with torch.no_grad():
            teacher = F.log_softmax(target(input_ids=ids).logits.float(), -1)
        student = F.log_softmax(logits.float(), -1)
        divergence = (teacher.exp() * (teacher - student)).sum(-1).mean()
        variation = 0.5 * (teacher.exp() - student.exp()).abs().sum(-1).mean()
        return (1 - progress) * divergence + 2 * progress * variation

    return loss


@torch.no_grad()
def bits_per_character(
    model: torch.nn.Module, texts: list[str], documents: list[np.ndarray], context: int, device: str, limit: int = 60
) -> float:
    """Mean cost of held-out text in bits per character; texts longer than the context are cut into windows."""
    bits, characters = 0.0, 0
    for text, ids in list(zip(texts, documents, strict=True))[:limit]:
        for start in range(0, len(ids) - 1, context - 1):
            window = torch.tensor(ids[None, start : start + context], dtype=torch.long, device=device)
            nats = text_loss(model(input_ids=window).logits, window, 0.0).item() * (window.shape[1] - 1)
            bits += nats / np.log(2)
        characters += len(text)
    return float(bits / characters)


def train(
    model: torch.nn.Module,
    windows: Iterator[np.ndarray],
    size: dict,
    loss_of: Loss,
    evaluate: Callable[[], dict[str, float]],
    folder: Path,
    device: str,
    compiled: bool,
    share: float,
) -> None:
    """Run one stage to its last token or minute; save the best-so-far state every few minutes and at the end."""
    steps_of = optimizers(model)
    base = [share * group["lr"] for optimizer in steps_of for group in optimizer.param_groups]
    started, tokens, step, saved = time.time(), 0, 0, time.time()
    log = folder / "training.jsonl"
    run = torch.compile(model) if compiled else model
    while True:
        progress = max(tokens / size["tokens"], (time.time() - started) / 60 / size["minutes"])
        if progress >= 1:
            break
        groups = [group for optimizer in steps_of for group in optimizer.param_groups]
        for group, lr in zip(groups, base, strict=True):
            group["lr"] = lr * rate(progress, step)
        batch = np.stack([next(windows) for _ in range(size["batch"])])
        ids = torch.tensor(batch, dtype=torch.long, device=device)
        if progress < 0.7:  # attention over half windows is cheaper; the last part teaches the full context
            ids = ids.view(2 * ids.shape[0], -1)
        with torch.autocast(device_type=device, dtype=torch.bfloat16):
            loss = loss_of(run(input_ids=ids).logits, ids, progress)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in steps_of:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens, step = tokens + ids.numel(), step + 1
        if step % 100 == 0:
            speed = tokens / (time.time() - started)
            print(f"{step:6d} {tokens / 1e6:7.2f} M tokens {speed:7.0f}/s loss {loss.item():.4f}", flush=True)
        if time.time() - saved > 300:
            saved = time.time()
            save(model, folder, log, {"tokens": tokens, "minutes": (saved - started) / 60, **evaluate()})
    save(model, folder, log, {"tokens": tokens, "minutes": (time.time() - started) / 60, **evaluate()})


def save(model: torch.nn.Module, folder: Path, log: Path, line: dict) -> None:
    """Write the weights and append one line of figures."""
    model.save_pretrained(folder)
    with log.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(folder.name, line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with the texts named in recipe.toml")
    parser.add_argument("--out", type=Path, required=True, help="folder for tokenizer, checkpoints and logs")
    parser.add_argument("--recipe", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--minutes", type=float, help="time limit of each stage, instead of the recipe's")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the learning rates; less when training on")
    parser.add_argument("--compile", action="store_true", help="torch.compile the trained model: a quarter faster")
    arguments = parser.parse_args()
    recipe = tomllib.loads((Path(__file__).parent / "recipe.toml").read_text())
    sizes = recipe["recipe"][arguments.recipe]
    device = "cuda" if arguments.recipe == "gpu" else "cpu"
    torch.manual_seed(recipe["seed"])

    training, held_out = read_texts(arguments.corpus, recipe)
    stages = arguments.stages.split(",")
    tokenizer_folder = arguments.out / "tokenizer"
    if "tokenizer" in stages and not (tokenizer_folder / "tokenizer.json").is_file():
        train_tokenizer(training, recipe["vocabulary"]).save_pretrained(tokenizer_folder)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tokenizer_folder)
    documents = {kind: encode(tokenizer, texts) for kind, texts in training.items()}
    checks = {kind: encode(tokenizer, texts) for kind, texts in held_out.items()}
    weights = {entry["kind"]: entry["weight"] for entry in recipe["text"]}
    print({kind: sum(map(len, texts)) for kind, texts in documents.items()}, "tokens a copy", flush=True)

    for number, stage in enumerate(stage for stage in STAGES[1:] if stage in stages):
        if stage == "samples":
            model = AutoModelForCausalLM.from_pretrained(arguments.out / "target", dtype=torch.float32).to(device)
            wanted, end = recipe["samples"], tokenizer.eos_token_id
            np.save(arguments.out / "samples.npy", sample_windows(model, wanted, recipe["context"], end, device))
            continue
        size = dict(sizes[stage], **({"minutes": arguments.minutes} if arguments.minutes else {}))
        folder = arguments.out / stage
        folder.mkdir(parents=True, exist_ok=True)
        model = load_or_build(folder, size, recipe, tokenizer.eos_token_id).to(device)
        print(stage, sum(p.numel() for p in model.parameters()), "parameters", flush=True)
        windows = rounds(documents, weights, recipe["context"], np.random.default_rng([recipe["seed"], number]))
        loss_of: Loss = text_loss
        if stage in DISTILLED:
            teacher = AutoModelForCausalLM.from_pretrained(arguments.out / "target", dtype=torch.float32)
            loss_of = distillation_loss(teacher.to(device).eval())
            windows = interleaved(windows, np.load(arguments.out / "samples.npy"), np.random.default_rng(number))

        def evaluate(model: torch.nn.Module = model) -> dict[str, float]:
            return {
                kind: round(bits_per_character(model, held_out[kind], checks[kind], recipe["context"], device), 4)
                for kind in checks
            }

        train(model, windows, size, loss_of, evaluate, folder, device, arguments.compile, arguments.rate)


if __name__ == "__main__":
    main()
