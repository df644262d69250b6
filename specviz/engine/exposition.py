"""The numbers of a server in Prometheus' text format, version 0.0.4: one family for each number, sizes in bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from specviz.records.server import ServerStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MB = 10**6

Sample = tuple[Mapping[str, str], float | None]


def exposition(status: ServerStatus) -> str:
    """Every family with its help and type; a number that is not known has no sample."""
    return "".join(line + "\n" for family in _families(status) for line in family)


def _families(now: ServerStatus) -> Iterator[Iterator[str]]:
    yield _gauge("jobs", "Jobs at work or in the queue.", ({"state": "running"}, now.running),
                 ({"state": "waiting"}, now.waiting))  # fmt: skip
    yield _counter(
        "jobs_ended_total", "Jobs that ended, by how.",
        ({"how": "finished"}, now.finished), ({"how": "failed"}, now.failed), ({"how": "stopped"}, now.stopped),
        ({"how": "orphan"}, now.orphans),
    )  # fmt: skip
    yield _counter("passes_total", "Steps of all jobs; one target pass each in a run.", ({}, now.passes))
    yield _gauge("passes_per_second", "Steps of all jobs a second, over the last minute.", ({}, now.passes_per_second))
    yield _counter("tokens_total", "Tokens that runs wrote.", ({}, now.tokens))
    yield _gauge(
        "wait_seconds", "From asking to the first turn, of the last 100 jobs that had one.",
        ({"quantile": "0.5"}, now.wait_p50), ({"quantile": "0.95"}, now.wait_p95),
    )  # fmt: skip
    yield _gauge("kept_bytes", "Finished jobs in memory.", ({}, now.kept_mb * MB))
    yield _gauge("spilled_jobs", "Finished jobs that are kept on disk only.", ({}, now.spilled))
    resident = None if now.resident_mb is None else now.resident_mb * MB
    yield _gauge("resident_memory_bytes", "Memory of the whole process.", ({}, resident))
    pairs = [({"target": pair.target, "draft": pair.draft}, pair.mb * MB) for pair in now.pairs]
    yield _gauge("pair_bytes", "Weights of each pair of models in memory.", *pairs)
    yield _gauge("uptime_seconds", "Since the process began to serve.", ({}, now.uptime))


def _gauge(name: str, text: str, *samples: Sample) -> Iterator[str]:
    return _family(name, "gauge", text, samples)


def _counter(name: str, text: str, *samples: Sample) -> Iterator[str]:
    return _family(name, "counter", text, samples)


def _family(name: str, kind: str, text: str, samples: tuple[Sample, ...]) -> Iterator[str]:
    yield f"# HELP specviz_{name} {text}"
    yield f"# TYPE specviz_{name} {kind}"
    for labels, value in samples:
        if value is not None:
            inside = ",".join(f'{label}="{_escaped(words)}"' for label, words in labels.items())
            yield f"specviz_{name}{'{' + inside + '}' if inside else ''} {float(value):.15g}"


def _escaped(words: str) -> str:
    """A label's value: backslash, quote and line feed are escaped, as the format asks."""
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
