"""Files from strangers: one sentence within seconds and without much memory, or a run that every page can show."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specviz.figures.player.payload import player_payload
from specviz.records.export import export_json
from specviz.records.files import TraceError
from specviz.records.json_text import MOST_LISTS
from specviz.records.store import parse_trace, trace_from_dict

STORY = Path(__file__).parents[2] / "assets" / "traces" / "sum.json.gz"
VALUES = json.loads(gzip.decompress(STORY.read_bytes()))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    values = copy.deepcopy(VALUES)
    change(values)
    return json.dumps(values).encode()


def first(values: dict[str, Any]) -> dict[str, Any]:
    return values["iterations"][0]


def million_nodes(values: dict[str, Any]) -> None:
    count = 1_000_000
    first(values)["tree"] |= {"token": [1] * count, "parent": [-1, *[0] * (count - 1)]}


def one_long_row(values: dict[str, Any]) -> None:
    rows = first(values)["target"]
    long = list(range(400_000))
    rows["ids"][0], rows["probs"][0], rows["below"][0] = long, [0.0] * len(long), [0.0] * len(long)
    values["iterations"] = values["iterations"][:3]
    for item in values["iterations"][1:]:
        item["target"] = rows


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "truncated": lambda: STORY.read_bytes()[:30_000],
    "binary": lambda: bytes(range(256)) * 4000,
    "a JSON array": lambda: b"[1, 2, 3]",
    "schema 999": lambda: changed(lambda v: v.update(schema=999)),
    "a zip archive": lambda: b"PK\x03\x04" + bytes(1000),
    "zip bomb": lambda: gzip.compress(bytes(200 << 20)),
    "50 MB of lists": lambda: b"[" + b"[]," * (50 << 20 >> 2) + b"1]",
    "64 MB of numbers in a trace": lambda: b'{"kind":"trace","schema":1,"x":[' + b"1," * (30 << 20) + b"1]}",
    "a million nodes": lambda: changed(million_nodes),
    "rows that fill the memory": lambda: changed(one_long_row),
    "5,000 passes": lambda: changed(lambda v: v.update(iterations=[{}] * 5000)),
    "NaN": lambda: changed(lambda v: first(v)["seconds"].update(draft=float("nan"))),
    "1e999": lambda: changed(lambda v: first(v)["entropy"].__setitem__(0, float("inf"))),
    "a probability of 5": lambda: changed(lambda v: first(v)["target"]["probs"][0].__setitem__(0, 5.0)),
    "a negative parent": lambda: changed(lambda v: first(v)["tree"]["parent"].__setitem__(2, -1)),
    "wrong types": lambda: changed(lambda v: v.update(iterations="many")),
    "a pass out of order": lambda: changed(lambda v: v["iterations"].reverse()),
    "a context that does not fit": lambda: changed(lambda v: first(v).update(context_len=10**6)),
    "a verifier that is a number": lambda: changed(lambda v: v["settings"].update(verifier=1.5)),
    "a drafter of a megabyte": lambda: changed(lambda v: v["settings"].update(drafter="x" * (1 << 20))),
    "an unknown entropy": lambda: changed(lambda v: first(v)["second_moment"].__setitem__(0, None)),
    "no prompt": lambda: changed(lambda v: v.update(prompt_ids=[])),
    "a path that jumps": lambda: changed(lambda v: v["iterations"][1]["verdict"].update(path=[9, 3])),
    "emitted tokens from elsewhere": lambda: changed(lambda v: first(v)["emitted"].__setitem__(0, 7)),
    "a token of a megabyte": lambda: changed(lambda v: v["texts"].update({"1": "x" * (1 << 20)})),
    "negative seconds": lambda: changed(lambda v: first(v)["seconds"].update(target=-1)),
    "nested": lambda: b'{"kind":' + b"[" * 500_000,
    "nested a little": lambda: b'{"kind":"trace","schema":2,"x":' + b"[" * 40 + b"]" * 40 + b"}",
    "a name given twice": lambda: json.dumps(VALUES).encode()[:-1] + b',"kind":"trace"}',
    "several packed parts": lambda: STORY.read_bytes() + gzip.compress(b"{}"),
    "a million packed parts": lambda: gzip.compress(b"{}") * 1_000_000,
    "a number of 400,000 digits": lambda: json.dumps(VALUES).encode()[:-1] + b',"x":1' + b"0" * 400_000 + b"}",
    "a number of 4,000 digits": lambda: changed(lambda v: v.update(vocabulary=10**4000)),
    "a schema of 4,000 digits": lambda: changed(lambda v: v.update(schema=10**4000)),
    "NaN as JSON never has it": lambda: json.dumps(VALUES).encode().replace(b'"seed": ', b'"seed": NaN, "x": ', 1),
    "true as a number": lambda: changed(lambda v: v.update(vocabulary=True)),
    "a schema that is true": lambda: changed(lambda v: v.update(schema=True)),
    "a text as a number": lambda: changed(lambda v: first(v).update(index="0")),
    "half a token": lambda: changed(lambda v: first(v)["emitted"].__setitem__(0, 1.5)),
    "a list as a text": lambda: changed(lambda v: v.update(text=["a"])),
    "a lone surrogate": lambda: changed(lambda v: v.update(prompt="\ud800")),
    "two names for one token": lambda: changed(lambda v: v["texts"].update({"01": "a"})),
    "a cycle": lambda: changed(lambda v: first(v)["tree"]["parent"].__setitem__(1, 1)),
    "a root with a parent": lambda: changed(lambda v: first(v)["tree"]["parent"].__setitem__(0, 0)),
    "a vocabulary of a milliard": lambda: changed(lambda v: v.update(vocabulary=10**9)),
    "a token outside of the vocabulary": lambda: changed(lambda v: v.update(vocabulary=10)),
    "a coin without a threshold": lambda: changed(
        lambda v: first(v)["verdict"].update(draws=[["coin", 0, 1, None, 0.5, True]])
    ),
    "half a million draws": lambda: changed(
        lambda v: first(v)["verdict"].update(draws=[["pick", 0, 1, 0.5, 0.5, True]] * 500_000)
    ),
    "accepted without a path": lambda: changed(lambda v: first(v)["verdict"].update(path=[])),
    "entropies that cannot be": lambda: changed(lambda v: first(v)["second_moment"].__setitem__(0, 0.0)),
    "10 MB of keys": lambda: b"{" + b",".join(b'"%x":1' % i for i in range(4_000_000)) + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence(name):
    data = HOSTILE[name]()
    with pytest.raises(TraceError) as caught:
        parse_trace(data)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 240


SMALL = VALUES | {"iterations": VALUES["iterations"][:3]}


def test_a_deep_chain_is_no_deeper_than_any_tree():
    """1,024 guesses below each other, more than Python's own stack."""
    values = copy.deepcopy(SMALL)
    values["iterations"] = values["iterations"][:1]
    item, size = values["iterations"][0], 1025
    item["tree"] |= {
        "token": [-1, *range(size - 1)], "parent": list(range(-1, size - 1)), "rank": [0, *[1] * (size - 1)],
        "draft_prob": [1.0] * size, "drawn": [],
    }  # fmt: skip
    empty = {"ids": [[]] * size, "probs": [[]] * size, "below": [[]] * size, "tail": [0.0] * size}
    closing = item["verdict"]["closing_token"]
    item |= {"draft": empty, "target": empty, "races": {}, "residuals": {}, "emitted": [closing]}
    for name in ("entropy", "second_moment", "surprisal", "overlap"):
        item[name] = item[name][:1]
    item["verdict"] |= {"state": [0, *[3] * (size - 1)], "accept_prob": [None] * size, "path": [], "draws": []}
    trace = parse_trace(json.dumps(values).encode())
    assert player_payload(trace)["iterations"][0]["nodes"][-1]["d"] == 1024
    assert export_json(trace)


def test_the_limit_on_lists_leaves_room_for_the_largest_run():
    """64 MB unpacked of a run that we record hold fewer lists than that."""
    text = gzip.decompress(STORY.read_bytes())
    lists = text.count(b"[") + text.count(b"{")
    assert lists / len(text) * (64 << 20) < MOST_LISTS
    trace_from_dict(VALUES)
