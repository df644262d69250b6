"""Reading a text: the numbers of a pass of its own, chunk by chunk, of whatever fits; spans and their sentences."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.engine.decode import Run, finish
from specviz.engine.probe import reading as module
from specviz.engine.probe.reading import TextReader, fit, overlap_along
from specviz.engine.probe.spans import spans, why
from specviz.models.pair import load_pair
from specviz.records import RunSettings, Warp
from specviz.records.files import TraceError
from specviz.records.reading import Along
from specviz.records.reading_store import load_reading, save_reading
from specviz.theory import total_variation

TEXT = "Once upon a time, there was a little fox who lived near a river. He was very happy.\nOne day he"


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def read(reader: TextReader):
    for _ in reader:
        pass
    return reader.reading()


def test_every_place_is_that_of_a_pass_of_its_own(pair, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7)  # so that places stand on both sides of a chunk's border
    reading = read(TextReader.of_text(pair, TEXT))
    ids = pair.encode(TEXT)
    assert reading.tokens.tolist() == ids
    assert set(reading.outcomes) == {""}
    for place in range(reading.places):
        for temperature in (0.7, 1.5):
            p, q = (m.open(ids[: place + 1], Warp(temperature)).feed([], [])[0] for m in (pair.target, pair.draft))
            along, token = reading.at(temperature), ids[place + 1]
            assert along.target_prob[place] == pytest.approx(p[token], abs=1e-5)
            assert along.draft_prob[place] == pytest.approx(q[token], abs=1e-5)
            assert along.distance[place] == pytest.approx(total_variation(p, q), abs=1e-4)
            assert along.target_entropy[place] == pytest.approx(-(p * np.log(p + 1e-300)).sum(), abs=1e-3)
            assert reading.rank[place] == 1 + (q > q[token]).sum()
            best = [int(i) for i in reading.candidates[place] if i >= 0]
            assert {int(p.argmax()), int(q.argmax())} <= set(best)
            assert along.draft_candidates[place][: len(best)] == pytest.approx(q[best], abs=1e-5)


def test_at_temperature_0_the_models_agree_or_they_do_not(pair):
    along = read(TextReader.of_text(pair, TEXT)).at(0.0)
    assert set(np.unique(along.distance)) == {0.0, 1.0}
    assert np.isinf(along.surprisal[along.target_prob == 0]).all()


def test_a_run_keeps_its_outcomes(pair):
    settings = RunSettings(drafter="chain", verifier="token", capacity=3, depth=3, max_new_tokens=20)
    trace = finish(Run(pair, settings, "One day, a girl"))
    reading = read(TextReader.of_run(pair, trace))
    given = len(trace.prompt_ids)
    assert reading.outcomes[:given] == ("",) * given
    accepted = sum(min(step.verdict.accepted, len(step.emitted)) for step in trace.iterations)
    assert reading.outcomes.count("accepted") == accepted
    assert set(reading.outcomes[given:]) <= {"accepted", "bonus", "correction"}
    text = list(trace.emitted)
    overlap = overlap_along(pair, trace.prompt_ids, text, settings.warp)
    assert reading.at(0.7).acceptance[given - 1 :] == pytest.approx(overlap, abs=1e-3)


def test_as_much_is_read_as_fits_and_it_is_said(pair):
    long = TEXT * 60
    ids, length = fit(pair, long)
    assert len(ids) < pair.target.context
    assert len(pair.encode(long[:length])) == len(ids)
    with pytest.raises(ValueError, match="shorten it"):
        pair.encode(long[: length + 30])
    reader = TextReader.of_text(pair, long)
    assert f"first {length:,} of {len(long):,}" in reader.note


@pytest.mark.parametrize("text", ["", " \n ", "   " * 5])
def test_an_empty_text_is_refused(pair, text):
    with pytest.raises(ValueError, match="empty"):
        TextReader.of_text(pair, text)


def test_hostile_letters_are_read(pair):
    reading = read(TextReader.of_text(pair, "a \ud800 <img src=x onerror=1> \u202e b"))
    assert reading.places > 3


def test_a_reading_is_the_same_after_saving(pair, tmp_path):
    reading = read(TextReader.of_text(pair, TEXT))
    save_reading(reading, tmp_path / "one.json.gz")
    again = load_reading(tmp_path / "one.json.gz")
    assert again.texts == reading.texts
    assert again.temperatures == reading.temperatures
    assert again.at(0.7).distance == pytest.approx(reading.at(0.7).distance, rel=1e-5)
    assert (again.candidates == reading.candidates).all()


def test_a_damaged_reading_is_refused_in_one_sentence(pair, tmp_path):
    from specviz.records.files import read_record, write_record

    path = tmp_path / "one.json.gz"
    save_reading(read(TextReader.of_text(pair, TEXT)), path)
    values = read_record(path, "reading", 1, "a reading")
    for name, wrong in (("rank", [1]), ("texts", {}), ("along", []), ("candidates", [[1]])):
        write_record(values | {name: wrong}, path)
        with pytest.raises(TraceError, match="damaged"):
            load_reading(path)


def made(rates: list[float], entropy: float = 0.2) -> Along:
    n = len(rates)
    zeros = np.zeros(n, np.float32)
    return Along(0.7, zeros, zeros, zeros + entropy, zeros + entropy, 1 - np.array(rates, np.float32),
                 np.zeros((n, 1)), np.zeros((n, 1)))  # fmt: skip


def test_spans_are_the_extreme_windows_and_do_not_overlap():
    rates = [0.9] * 40
    rates[10:14], rates[30:34] = [0.1] * 4, [0.3] * 4
    worst, best = spans(made(rates), width=4, count=2)
    assert [(s.first, s.last) for s in worst] == [(10, 14), (30, 34)]
    assert [round(s.acceptance, 2) for s in worst] == [0.1, 0.3]
    assert all(s.acceptance == pytest.approx(0.9) for s in best)
    assert all(abs(a.first - b.first) >= 4 for part in (worst, best) for a in part for b in part if a is not b)


def test_a_short_text_has_one_span():
    worst, best = spans(made([0.5, 0.7]))
    assert [(s.first, s.last) for s in (*worst, *best)] == [(0, 2), (0, 2)]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0.95, 0.1, 0.1), "sure .* draft model knows it"),
        ((0.9, 2.0, 2.0), "undecided .* alike"),
        ((0.2, 0.1, 0.2), "sure .* leans to other tokens"),
        ((0.2, 0.1, 2.2), "sure .* does not know which"),
        ((0.4, 2.5, 1.0), "itself is undecided .* 12 equal"),
    ],
)
def test_why_tells_an_undecided_target_from_a_wrong_draft(numbers, said):
    import re

    assert re.search(said, why(*numbers))
    assert f"TV {1 - numbers[0]:.2f}" in why(*numbers)
