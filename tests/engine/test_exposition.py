"""The numbers of a server as Prometheus reads them."""

from __future__ import annotations

import re
from dataclasses import replace

from specviz.engine.exposition import exposition
from specviz.records.server import PairInMemory, ServerStatus

NOW = ServerStatus(
    running=2, waiting=3, finished=10, failed=1, stopped=4, orphans=1, passes=12345678901, passes_per_second=6.5,
    tokens=999, wait_p50=0.25, wait_p95=4.0, kept_mb=1.5, spilled=7, resident_mb=900.0,
    pairs=(PairInMemory("fable/target", "fable/draft", 11.9),), uptime=61.5,
)  # fmt: skip
LINE = re.compile(r'specviz_[a-z_]+(\{[a-z]+="(\\.|[^"\\\n])*"(,[a-z]+="(\\.|[^"\\\n])*")*\})? [-+0-9.e]+')


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_every_number_is_there_in_base_units():
    found = samples(exposition(NOW))
    assert found['specviz_jobs{state="running"}'] == 2
    assert found['specviz_jobs{state="waiting"}'] == 3
    assert [found[f'specviz_jobs_ended_total{{how="{how}"}}'] for how in ("finished", "failed", "stopped", "orphan")] \
        == [10, 1, 4, 1]  # fmt: skip
    assert found["specviz_passes_total"] == 12345678901
    assert found['specviz_wait_seconds{quantile="0.95"}'] == 4.0
    assert found["specviz_resident_memory_bytes"] == 900e6
    assert found['specviz_pair_bytes{target="fable/target",draft="fable/draft"}'] == 11.9e6
    assert len(found) == 16


def test_every_family_is_declared_once_before_its_samples():
    declared: list[str] = []
    for line in exposition(NOW).splitlines():
        if line.startswith("# TYPE "):
            declared.append(line.split()[2])
        elif not line.startswith("#"):
            assert re.split(r"[{ ]", line)[0] == declared[-1]
    assert len(set(declared)) == len(declared)


def test_what_is_not_known_has_no_sample():
    found = samples(exposition(replace(NOW, wait_p50=None, wait_p95=None, resident_mb=None, pairs=())))
    assert not [name for name in found if "wait_" in name or "resident" in name or "pair" in name]


def test_names_of_models_cannot_break_out_of_their_label():
    name = 'a"} 1\nspecviz_passes_total 0\\'
    found = samples(exposition(replace(NOW, pairs=(PairInMemory(name, "b", 1.0),))))
    assert found["specviz_passes_total"] == 12345678901
    assert r'target="a\"} 1\nspecviz_passes_total 0\\"' in exposition(
        replace(NOW, pairs=(PairInMemory(name, "b", 1.0),))
    )
