"""A run as one HTML file: it replays the tree without a server, and its policy forbids the network.

Token text is data from strangers. It stands in the file as escaped text, or inside a JSON block in which no tag can
end; the one script is named by its hash, so that no other script can run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from specviz.drafting import make_drafter
from specviz.figures.labels import visible
from specviz.figures.player.payload import player_payload
from specviz.figures.player.source import player_source
from specviz.metrics import iteration_table, run_numbers
from specviz.records import DecodeTrace
from specviz.records.export import VLLM_FIELDS, acceptance_metrics
from specviz.verification import make_verifier

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "report"
BAR, TALL = 10, 120  # units of the chart of passes


def report_html(trace: DecodeTrace, name: str) -> str:
    """The whole report of a run; ValueError where the player cannot be put into one file."""
    player = player_source()
    script = _script(player["js"])
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": _safe(f"SpecViz run: {name}"),
        "style": _asset("report.css"),
        "caveats": "".join(f'<p class="caveat">{_safe(text)}</p>' for text in caveats(trace)),
        "numbers": _numbers(trace),
        "chart": _chart([(i.verdict.accepted, len(i.emitted)) for i in trace.iterations]),
        "passes": _passes(trace),
        "prompt": _lines(trace.prompt),
        "text": _lines(trace.text),
        "settings": _pairs(trace.settings.as_dict()),
        "provenance": _pairs(_made(trace)),
        "metrics": _metrics(trace),
        "player_style": player["css"],
        "player_parts": player["html"],
        "payload": json_block(player_payload(trace)),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("report.html"))


def json_block(values: Any) -> str:
    """JSON that can stand inside a script element: it holds no `<`, `>`, `&` and no letter outside ASCII."""
    text = json.dumps(values, allow_nan=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def caveats(trace: DecodeTrace) -> list[str]:
    """What a reader of this run must know; the names in a file need not be ours."""
    try:
        drafter, verifier = make_drafter(trace.settings.drafter), make_verifier(trace.settings.verifier)
    except ValueError:
        return ["This run was made with a method that is not known here; it is shown as it was recorded."]
    found = []
    if not verifier.lossless:
        found.append("This run's verifier is not lossless: the text does not follow the target's law.")
    if not drafter.real:
        found.append("This run's drafter is a yardstick, not a method: it asks the target for every guess.")
    return found


def _asset(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def _script(module: str) -> str:
    """The player's module as a plain function, and the few lines that call it."""
    player, count = re.subn(r"^export default function\b", "const specvizPlayer = function", module, flags=re.M)
    whole = player + _asset("report.js")
    if count != 1 or re.search(r"^\s*(import|export)\b", whole, re.M) or "</script" in whole.lower():
        raise ValueError("The player's script cannot stand inside a page: it needs one default export and no import.")
    return whole


def _safe(text: object) -> str:
    return html.escape(visible(str(text)))


def _lines(text: str) -> str:
    """Text with its line ends, everything else that is invisible made visible."""
    return "\n".join(html.escape(visible(line)) if line else "" for line in text.split("\n"))


def _shown(value: float, style: str) -> str:
    return format(value, style) if math.isfinite(value) else "\u2013"


def _numbers(trace: DecodeTrace) -> str:
    """The strip of figures, each with its count and its definition."""
    n = run_numbers(trace)
    made = f"measured on {trace.provenance.place}; all passes together."
    cells = [
        ("tokens per pass", _shown(n.tau, ".2f"), f"{n.tokens} tokens / {n.passes} target passes, L/K."),
        ("accepted / drafted", _shown(n.utilisation, ".0%"),
         f"{n.accepted} of {n.drafted} guesses; falls with P by construction."),
        ("acceptance rate", _shown(n.overlap, ".2f"), "Chance that one draft token is kept: mean of sum min(p, q)."),
        ("entropy, nats", _shown(n.mu, ".2f"), "How undecided the target was, mean over the emitted tokens."),
        ("time", f"{n.seconds:.2f} s", f"Wall clock, {made}"),
        ("ended", trace.stop_reason.replace("_", " "), trace.note or f"after {n.tokens} tokens."),
    ]  # fmt: skip
    return "".join(
        f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}<small>{_safe(text)}</small></dd></div>"
        for name, value, text in cells
    )


def _chart(passes: Sequence[tuple[int, int]]) -> str:
    """A bar for each pass: its accepted tokens filled, its closing token an open box on top."""
    if not passes:
        return "<p>No target pass was made.</p>"
    most = max(emitted for _, emitted in passes)
    unit, width = TALL / most, BAR * len(passes)
    parts = [f'<line class="axis" x1="0" x2="{width}" y1="{TALL}" y2="{TALL}"/>']
    for place, (accepted, emitted) in enumerate(passes):
        kept = min(accepted, emitted)
        x = place * BAR + 1
        if kept:
            parts.append(f'<rect class="kept" x="{x}" y="{TALL - kept * unit:.1f}" width="8" '
                         f'height="{kept * unit:.1f}"/>')  # fmt: skip
        if emitted > kept:
            top = TALL - emitted * unit
            parts.append(f'<rect class="closing" x="{x}" y="{top:.1f}" width="8" height="{unit:.1f}"/>')
    says = f"Tokens of each of {len(passes)} passes: accepted guesses and the closing token, at most {most}."
    key = (
        '<p class="key"><i class="kept"></i>accepted guesses<i class="closing"></i>the target\'s closing token; '
        f"one bar for each pass, the highest has {most} tokens</p>"
    )
    parts.append(f'<text x="1" y="{TALL + 11}">pass 1</text>')
    if len(passes) > 6:
        parts.append(f'<text x="{width}" y="{TALL + 11}" text-anchor="end">{len(passes)}</text>')
    box = f'viewBox="-2 -4 {width + 4} {TALL + 18}" preserveAspectRatio="xMinYMid meet"'
    return f'{key}<svg class="chart" role="img" aria-label="{says}" {box}>{"".join(parts)}</svg>'


def _passes(trace: DecodeTrace) -> str:
    table = iteration_table(trace)
    texts = ["".join(visible(trace.texts.get(t, f"<{t}>")) for t in i.emitted) for i in trace.iterations]
    rows = [[row[1] + 1, *row[2:], text] for row, text in zip(table.itertuples(), texts, strict=True)]
    return _table(["pass", *table.columns[1:], "text"], rows)


def _metrics(trace: DecodeTrace) -> str:
    found = acceptance_metrics(trace)
    return _table(["name", "value", "definition"], [[name, _plain(found[name]), VLLM_FIELDS[name]] for name in found])


def _made(trace: DecodeTrace) -> dict[str, Any]:
    made = trace.provenance
    sizes = {f"{side} parameters": count for side, count in
             (("target", made.target_parameters), ("draft", made.draft_parameters)) if count}  # fmt: skip
    where = {"target": made.target, "draft": made.draft} | sizes | {"device": made.device, "number format": made.dtype}
    return where | dict(made.versions) | {"vocabulary": trace.vocabulary, "record schema": trace.schema}


def _pairs(values: Mapping[str, Any]) -> str:
    return _table([], [[name.replace("_", " "), _plain(value)] for name, value in values.items()])


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "\u2013" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    rows = list(rows)
    right = [isinstance(value, int | float) for value in rows[0]] if rows else [False] * len(names)
    head = "".join(
        f'<th scope="col"{" class=number" if wide else ""}>{_safe(name.replace("_", " "))}</th>'
        for name, wide in zip(names, right, strict=False)
    )
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if names else ''}<tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, int | float):
        return f'<td class="number">{_safe(f"{value:.2f}" if isinstance(value, float) else value)}</td>'
    return f"<td>{_safe(value)}</td>"
