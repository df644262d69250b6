"""The coloured text, its lines, kinds side by side, predicted gains: what is drawn is what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specviz.figures.probe.advice import cost_figure, gain_figure
from specviz.figures.probe.along import along_figure
from specviz.figures.probe.heat import MEASURES, OUTCOME, class_labels, classes, heat_payload, token_rows, values
from specviz.figures.probe.kinds import kinds_figure
from specviz.records.advice_store import load_advice
from specviz.records.reading import Span
from specviz.records.reading_store import load_reading
from specviz.theory import Estimate

FOLDER = Path(__file__).parents[2] / "assets" / "probe"


@pytest.fixture(scope="module")
def reading():
    return load_reading(FOLDER / "reading_story.json.gz")


@pytest.fixture(scope="module")
def advice():
    return load_advice(FOLDER / "advice.json.gz")


SPANS = ([Span(3, 11, 0.2, 0.5, 0.6, "because")], [Span(20, 28, 0.9, 0.1, 0.1, "so")])


def test_a_value_on_a_threshold_is_in_the_better_class():
    rate, rank = MEASURES["acceptance rate"], MEASURES["rank"]
    assert classes(np.array([0.5, 0.49, 0.85, 1.0]), rate, 0.5, 0.85) == ["middle", "poor", "good", "good"]
    assert classes(np.array([1, 2, 5, 6]), rank, 1, 5) == ["good", "middle", "middle", "poor"]
    assert class_labels(rate, 0.5, 0.85)["poor"] == "below 0.5"
    assert class_labels(MEASURES["surprisal"], 0.5, 3)["poor"] == "above 3 nats"


def test_thresholds_stand_on_the_steps_of_their_slider():
    for measure in MEASURES.values():
        assert set(measure.thresholds) <= set(measure.steps)
        assert list(measure.steps) == sorted(measure.steps)


@pytest.mark.parametrize("name", [*MEASURES, OUTCOME])
@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_the_payload_counts_every_token(reading, name, temperature):
    limits = MEASURES[name].thresholds if name in MEASURES else (0.0, 1.0)
    payload = heat_payload(reading, temperature, name, limits, SPANS)
    assert len(payload["tokens"]) == reading.places
    assert sum(entry["count"] for entry in payload["legend"]) == reading.places
    assert all(0 <= token["b"] <= 1 for token in payload["tokens"])
    json.dumps(payload, allow_nan=False)  # nothing that a browser cannot read
    if name in MEASURES:
        found = values(reading, reading.at(temperature), name)
        assert [t["k"] for t in payload["tokens"]] == classes(found, MEASURES[name], *limits)
    else:
        assert {t["k"] for t in payload["tokens"]} == {"given", "accepted", "bonus", "correction"} & {
            o or "given" for o in reading.outcomes
        }


def test_a_card_holds_the_numbers_of_its_place(reading):
    payload = heat_payload(reading, 0.7, "rank", (1, 5), SPANS)
    along = reading.at(0.7)
    for place in (0, 40, reading.places - 1):
        card = payload["tokens"][place]["c"]
        assert card["p"] == pytest.approx(along.target_prob[place], rel=1e-3)
        assert card["tv"] == pytest.approx(along.distance[place], rel=1e-3, abs=1e-9)
        assert card["r"] == reading.rank[place]
        assert [p for _, p, _ in card["n"]] == sorted((p for _, p, _ in card["n"]), reverse=True)
        assert all(str(i) in payload["texts"] for i, _, _ in card["n"])


def test_spans_carry_their_text_and_reason(reading):
    payload = heat_payload(reading, 0.7, "rank", (1, 5), SPANS)
    worst = payload["spans"][0]["items"][0]
    assert worst["why"] == "because"
    assert worst["text"] == "".join(token["t"] for token in payload["tokens"][3:11])


def test_strange_letters_are_made_visible(reading):
    changed = replace(reading, texts=dict.fromkeys(reading.texts, "\u202e\ud800\n<b>"))
    payload = heat_payload(changed, 0.7, "rank", (1, 5), SPANS)
    assert payload["tokens"][0]["t"] == "<0x202E><0xD800>⏎<b>"
    json.dumps(payload, ensure_ascii=False).encode("utf-8")
    assert token_rows(changed, 0.7)[0]["token"] == payload["tokens"][0]["t"]


def test_lines_are_the_columns_of_the_reading(reading):
    figure = along_figure(reading, 0.7)
    names = {trace.name: trace for trace in figure.data}
    assert list(names) == ["entropy of the target", "entropy of the draft", "total variation", "its mean over 8 places"]
    assert np.asarray(names["total variation"].y) == pytest.approx(reading.at(0.7).distance)
    mean = np.asarray(names["its mean over 8 places"].y)
    assert mean[20] == pytest.approx(reading.at(0.7).distance[16:24].mean(), abs=1e-5)
    assert len({trace.line.dash for trace in figure.data[:2]}) == 2  # not told apart by colour alone
    given = sum(not name for name in reading.outcomes)
    assert figure.layout.shapes[0].x0 == given - 0.5


def test_kinds_keep_their_order_and_intervals():
    found = [Estimate(1.5, 1.2, 1.9, 0.95, 4), Estimate(1.1, 1.0, 1.15, 0.95, 4)]
    figure = kinds_figure([("a", 4), ("b", 4)], [("speed-up", "times", found), ("tau", "", found)])
    assert list(figure.data[0].y) == ["a (4)", "b (4)"]
    assert list(figure.data[0].error_x.array) == pytest.approx([0.4, 0.05])
    assert list(figure.data[0].error_x.arrayminus) == pytest.approx([0.3, 0.1])
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_predicted_gains_are_marked_as_a_model(advice):
    curves = {f"{d}{v}": [(one, advice.gain(one)) for one in advice.curve(d, v)] for d, v in advice.strategies()}
    measured = Estimate(1.3, 1.2, 1.4, 0.95, 8)
    figure = gain_figure(curves, (advice.best, advice.gain(advice.best)), measured)
    assert any("model, not measurement" in note.text for note in figure.layout.annotations)
    lines = figure.data[: len(curves)]
    assert {trace.line.dash for trace in lines} == {"dash"}
    assert len({trace.marker.symbol for trace in lines}) == len(curves)
    star = next(trace for trace in figure.data if trace.name == "predicted best")
    assert star.y[0] == max(max(trace.y) for trace in lines)
    assert figure.data[-1].y[0] == 1.3
    assert all(trace.name != figure.data[-1].name for trace in gain_figure(curves, (advice.best, 1.0), None).data)


def test_costs_are_drawn_in_milliseconds(advice):
    figure = cost_figure(advice.costs)
    target = next(trace for trace in figure.data if trace.name == "a target pass")
    assert list(target.y) == pytest.approx([1000 * s for s in advice.costs.target])
    assert list(target.x) == [size + 1 for size in advice.costs.sizes]
