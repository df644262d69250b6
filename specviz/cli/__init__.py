"""`python -m specviz decode|limits|methods`: the same engine without a browser. Progress goes to stderr."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from specviz.drafting import DRAFTERS
from specviz.presets import preset_prompts
from specviz.records import RunSettings
from specviz.theory import REFERENCES
from specviz.verification import VERIFIERS

if TYPE_CHECKING:
    from specviz.models.pair import Pair


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        print(f"specviz: {message}", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; bad input gives one sentence on stderr and exit code 2."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.command(parsed))
    except (ValueError, OSError) as error:
        print(f"specviz: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("specviz: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m specviz", description="Speculative decoding without a browser.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser)
    standard = RunSettings()

    decode = commands.add_parser("decode", help="decode one prompt and report tokens per target pass")
    decode.add_argument("--prompt", required=True)
    _model_options(decode)
    decode.add_argument("--drafter", default=standard.drafter)
    decode.add_argument("--verifier", default=standard.verifier)
    decode.add_argument("--capacity", type=int, default=standard.capacity, help="P, draft nodes per target pass")
    _sampling_options(decode)
    decode.add_argument("--top-k", type=int, default=standard.top_k)
    decode.add_argument("--top-p", type=float, default=standard.top_p)
    decode.add_argument("--json", action="store_true", help="print one JSON object")
    decode.add_argument("--trace", type=Path, help="save the record as .json.gz")
    decode.set_defaults(command=_decode)

    limits = commands.add_parser("limits", help="measure tokens per pass against capacity")
    _model_options(limits)
    limits.add_argument("--capacities", default="1,2,4,8,16,32,64,128,256")
    limits.add_argument("--drafters", help="only these of the measured drafters, with commas; `oracle` is one of them")
    limits.add_argument("--prompts", type=Path, help="text file, one prompt per line; without it the presets")
    _sampling_options(limits)
    limits.add_argument("--json", action="store_true")
    limits.add_argument("--out", type=Path, help="save the study as .json.gz")
    limits.set_defaults(command=_limits)

    methods = commands.add_parser("methods", help="list drafters and verifiers")
    methods.add_argument("--json", action="store_true")
    methods.set_defaults(command=_methods)
    return parser


def _model_options(parser: argparse.ArgumentParser) -> None:
    standard = RunSettings()
    parser.add_argument("--target", default=standard.target, help="folder, Hugging Face id or embedded model")
    parser.add_argument("--draft", default=standard.draft)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--dtype", default="auto", choices=("auto", "float32", "bfloat16", "float16"))


def _sampling_options(parser: argparse.ArgumentParser) -> None:
    standard = RunSettings()
    parser.add_argument("--drafts", type=int, default=standard.drafts, help="k, siblings tried at a node")
    parser.add_argument("--depth", type=int, default=standard.depth, help="longest path")
    parser.add_argument("--temperature", type=float, default=standard.temperature)
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--max-new-tokens", type=int, default=standard.max_new_tokens)


def _load(parsed: argparse.Namespace) -> Pair:
    from specviz.models.pair import load_pair  # torch is imported only where a model is needed

    print(f"loading {parsed.target} and {parsed.draft}", file=sys.stderr)
    return load_pair(parsed.target, parsed.draft, parsed.device, parsed.dtype)


def _decode(parsed: argparse.Namespace) -> int:
    from specviz.engine import Run
    from specviz.records.store import save_trace

    names = [
        "target",
        "draft",
        "drafter",
        "verifier",
        "temperature",
        "top_k",
        "top_p",
        "capacity",
        "drafts",
        "depth",
        "max_new_tokens",
        "seed",
    ]
    settings = RunSettings(**{name: getattr(parsed, name) for name in names})
    DRAFTERS.get(settings.drafter), VERIFIERS.get(settings.verifier)  # unknown names, before anything is loaded
    if not parsed.prompt.strip():
        raise ValueError("The prompt is empty; write at least one word.")
    run = Run(_load(parsed), settings, parsed.prompt)
    began = time.perf_counter()
    try:
        for iteration in run:
            print(f"pass {iteration.index + 1}: {len(iteration.emitted)} tokens", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was decoded is kept", file=sys.stderr)
    seconds = time.perf_counter() - began
    trace = run.trace()
    if parsed.trace:
        save_trace(trace, parsed.trace)
        print(f"saved {parsed.trace}", file=sys.stderr)
    report = {
        "text": trace.text,
        "token_ids": list(trace.emitted),
        "tokens": len(trace.emitted),
        "target_calls": trace.target_calls,
        "block_efficiency": trace.block_efficiency,
        "accepted_per_call": [i.verdict.accepted for i in trace.iterations],
        "seconds": seconds,
    }
    if parsed.json:
        print(json.dumps(report))
    else:
        print(trace.prompt + trace.text)
        rate = f"{trace.block_efficiency:.2f} a pass"
        print(f"\n{report['tokens']} tokens in {report['target_calls']} target passes: {rate}")
    return 0


def _limits(parsed: argparse.Namespace) -> int:
    from specviz.engine.limits import ORACLE, STRATEGIES, Study
    from specviz.records.store import save_study

    prompts = preset_prompts()
    if parsed.prompts:
        lines = parsed.prompts.read_text(encoding="utf-8").splitlines()
        prompts = [("own", line) for line in lines if line.strip()]
    try:
        capacities = [int(part) for part in parsed.capacities.split(",")]
    except ValueError:
        raise ValueError(f"--capacities takes whole numbers with commas, not {parsed.capacities!r}.") from None
    names = ["target", "draft", "drafts", "depth", "temperature", "seed", "max_new_tokens"]
    settings = RunSettings(**{name: getattr(parsed, name) for name in names})
    measured = {drafter: (drafter, verifier) for drafter, verifier in STRATEGIES}
    wanted = parsed.drafters.split(",") if parsed.drafters else [*measured, ORACLE]
    unknown = [name for name in wanted if name not in (*measured, ORACLE)]
    if unknown:
        raise ValueError(f"--drafters knows {', '.join([*measured, ORACLE])}, not {', '.join(unknown)}.")
    chosen = [pair for drafter, pair in measured.items() if drafter in wanted]
    study = Study(_load(parsed), settings, prompts, capacities, chosen, oracle=ORACLE in wanted)
    for done, m in enumerate(study, start=1):
        rate = sum(m.tokens) / sum(m.passes)
        print(f"{done}/{study.total} {m.drafter} P = {m.capacity}: {rate:.3f} tokens a pass", file=sys.stderr)
    if parsed.out:
        save_study(study.record(), parsed.out)
        print(f"saved {parsed.out}", file=sys.stderr)
    rows = [
        {"drafter": m.drafter, "verifier": m.verifier, "capacity": m.capacity, "tokens": sum(m.tokens),
         "passes": sum(m.passes), "tokens_per_pass": sum(m.tokens) / sum(m.passes)}
        for m in study.measurements
    ]  # fmt: skip
    if parsed.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(f"{row['drafter']:>16} {row['verifier']:>24} P={row['capacity']:<5} {row['tokens_per_pass']:.3f}")
    return 0


def methods() -> dict[str, list[dict[str, Any]]]:
    """Drafters and verifiers as the registry knows them."""
    return {
        "drafters": [
            {
                "name": d.name,
                "title": d.title,
                "lossless": True,  # a drafter only guesses; the verifier decides
                "sampling": str(d.sampling),
                "reference": REFERENCES[d.reference].key,
            }
            for d in DRAFTERS.all()
        ],
        "verifiers": [
            {
                "name": v.name,
                "title": v.title,
                "lossless": v.lossless,
                "accepts": sorted(str(s) for s in v.accepts),
                "reference": REFERENCES[v.reference].key,
            }
            for v in VERIFIERS.all()
        ],
    }


def _methods(parsed: argparse.Namespace) -> int:
    listing = methods()
    if parsed.json:
        print(json.dumps(listing))
        return 0
    for noun, entries in listing.items():
        print(noun)
        for entry in entries:
            print(f"  {entry['name']:<26} {entry['title']} [{entry['reference']}]")
    return 0
