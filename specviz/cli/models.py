"""Check a pair of models: size, licence, memory, tokens; and load it with --load."""

from __future__ import annotations

import argparse
import sys
import time

from specviz.cli.options import model_options
from specviz.models.preflight.curated import MODELS, PAIRS
from specviz.models.preflight.facts import ModelFacts, facts_of
from specviz.models.preflight.machine import machine, usual
from specviz.models.preflight.memory import free_memory, gigabytes
from specviz.models.preflight.outlook import Outlook, Plan, advice, outlook
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import REMEDIES, ModelError


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--tokens", type=int, default=512, help="length of one text, prompt included")
    parser.add_argument("--capacity", type=int, default=32, help="P, draft nodes per target pass")
    parser.add_argument("--load", action="store_true", help="load the pair and try a first pass")
    parser.add_argument("--list", action="store_true", help="list the curated pairs and do nothing else")


def run(parsed: argparse.Namespace) -> int:
    """Say what is known, and load where it is asked for; code 2 where the pair cannot be used."""
    if parsed.list:
        for label, names in PAIRS.items():
            target, draft = (MODELS[name] for name in names)
            access = "login" if target.gated or draft.gated else "open"
            print(f"{label:24s} {target.id} {draft.id}  {target.licence}, {access}")
        return 0
    if not 1 <= parsed.tokens <= 1 << 20 or not 0 <= parsed.capacity <= 1024:
        raise ValueError("--tokens must lie between 1 and 1048576, and --capacity between 0 and 1024.")
    device, dtype = usual(parsed.device, parsed.dtype, machine().devices)
    plan = Plan(device, dtype, parsed.tokens, parsed.capacity, free_memory(device), fresh=True)
    sides = facts_of(parsed.target), facts_of(parsed.draft)
    seen = outlook(*sides, plan)
    for role, facts in zip(("target", "draft"), sides, strict=True):
        print(f"{role}: {_facts(facts)}")
    _report(seen, plan)
    try:
        if seen.problems:
            raise seen.problems[0]
        if parsed.load:
            _load(parsed)
    except ModelError as error:
        words, example = REMEDIES[error.trouble]
        print(f"specviz: {error}\nwhat to do: {words}\nworks: --target {example[0]} --draft {example[1]}",
              file=sys.stderr)  # fmt: skip
        return 2
    return 0


def _facts(facts: ModelFacts) -> str:
    told = [facts.name, facts.place]
    if facts.parameters is not None:
        told.append(f"{facts.parameters:,} parameters")
    if facts.disk is not None:
        told.append(f"{gigabytes(facts.disk)} of files")
    told += [facts.licence or "licence not known", *(["login needed"] if facts.gated else [])]
    if facts.shape is not None:
        told.append(f"{facts.shape.layers} layers, {facts.shape.rows:,} rows, reads {facts.shape.reads:,} tokens")
    return ", ".join(told)


def _report(seen: Outlook, plan: Plan) -> None:
    if seen.estimate is not None:
        for part in seen.estimate.parts:
            print(f"  {part.name:15s} {gigabytes(part.bytes):>9s}  {part.formula}")
    print(f"memory: {advice(seen, plan)}")
    if seen.comparison is None:
        print("tokens: compared when the pair is loaded")
    else:
        state = "agree" if seen.comparison.agree else f"{seen.comparison.differing:,} ids differ"
        print(f"tokens: {seen.comparison.common:,} in common, {state}")
    for note in seen.notes:
        print(f"note: {note}")


def _load(parsed: argparse.Namespace) -> None:
    from specviz.models.pair import load_pair  # torch is imported only where a model is needed

    began = time.perf_counter()

    def tell(stage: LoadStage, note: str) -> None:
        print(f"{time.perf_counter() - began:6.2f} s  {stage}{': ' + note if note else ''}", file=sys.stderr)

    pair = load_pair(parsed.target, parsed.draft, parsed.device, parsed.dtype, tell)
    print(f"ready: {pair.target.vocabulary:,} tokens, on {pair.provenance.device} in {pair.provenance.dtype}")
