"""Step 1: one pass reads many positions for little more than the price of one."""

from __future__ import annotations

import streamlit as st

from specviz.figures.tour.passes import Block, lanes_figure, price_figure
from specviz.records import Iteration
from specviz.ui.library import ASSETS, recorded_run, recorded_table
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import SOUNDS, Toy, tune

LENGTH = 16  # sounds of the tune
GUESSES = (0, 1, 2, 4, 8, 16, 32)


def _panel(toy: Toy) -> Outcome:
    table = recorded_table("pass_times")
    rows = [row for row in table.rows() if row["guesses"] in GUESSES]
    times = [1000 * row["target"] for row in rows]
    guesses = int(
        st.select_slider("Guesses per pass", GUESSES, 0, key="tour_guesses", bind="query-params",
                         help="How many sounds the draft guesses in a row before the target looks.")
    )  # fmt: skip
    place = GUESSES.index(guesses)
    twin = [
        {"positions": row["guesses"] + 1} | {name.replace("target", "ms"): round(1000 * row[name], 3)
                                             for name in ("target", "target_low", "target_high")}
        for row in rows
    ]  # fmt: skip
    chart_with_table(
        price_figure(
            [row["guesses"] + 1 for row in rows], times, [1000 * row["target_low"] for row in rows],
            [1000 * row["target_high"] for row in rows], place,
        ),
        twin, "tour-price", alt="Measured time of one target pass against the positions it reads; it hardly rises.",
    )  # fmt: skip
    alone, guessed = (tune(toy, count, LENGTH, "shared_race") for count in (0, guesses))
    lanes = {"alone": _blocks(alone, times[0]), "guessed": _blocks(guessed, times[place])}
    chart_with_table(
        lanes_figure(lanes),
        [{"lane": name, "pass": number, "sounds": sounds, "guessed": count, "ms": round(time, 3)}
         for name, blocks in lanes.items() for number, (sounds, time, count) in enumerate(blocks, start=1)],
        "tour-lanes", alt="The passes of one tune, alone and with guesses, each as wide as its time.",
    )  # fmt: skip
    st.markdown(f"The guessed tune, kept guesses in bold: {_hummed(guessed)}")
    st.caption(
        f"Times: the embedded target ({table.provenance.target_parameters / 1e6:.1f} million weights, "
        f"{table.provenance.device}), median of {table.settings['repeats']} passes with quartiles. The tune: the "
        "toy; it is one tune whatever is guessed, because both models race on the same clocks (step 6). Drafting costs "
        "time too: see step 4."
    )
    return Outcome(
        len(guessed) <= LENGTH // 2,
        f"The lower lane needs {len(guessed)} passes for {LENGTH} sounds; at most {LENGTH // 2} are wanted.",
        f"{len(guessed)} passes instead of {LENGTH}, and one pass over {guesses + 1} positions takes only "
        f"{times[place] / times[0]:.2f} times as long as a pass over one. {_recorded()}",
    )


def _blocks(passes: list[Iteration], time: float) -> list[Block]:
    return [
        (" ".join(SOUNDS[token] for token in one.emitted), time, min(len(one.verdict.path), len(one.emitted)))
        for one in passes
    ]


def _hummed(passes: list[Iteration]) -> str:
    """The whole tune; what was guessed and kept is bold."""
    parts = []
    for one in passes:
        sounds = [SOUNDS[token] for token in one.emitted]
        kept, own = sounds[: len(one.verdict.path)], sounds[len(one.verdict.path) :]
        parts += [f":green[**{' '.join(kept)}**]"] * bool(kept) + own
    return " ".join(parts)


def _recorded() -> str:
    """What a real run did, in one sentence."""
    run = recorded_run(ASSETS / "traces" / "story.json.gz")
    return (
        f"The recorded story did the same on real text: {len(run.emitted)} tokens in {run.target_calls} passes, "
        f"{run.block_efficiency:.2f} a pass."
    )


STEP = Step(
    name="Why",
    title="Why guess at all?",
    shows="One pass of a model reads many positions for little more than the price of one.",
    task="Raise the guesses until the lower lane needs half of the passes.",
    words=(
        "A language model writes one token per pass, because each token depends on the one before. But one pass can "
        "*check* many tokens: most of its time goes into fetching weights and starting the work, however many they are."
        "\n\nSo a small **draft model** guesses what comes next, and the large **target** checks all guesses in one "
        "pass. Our toy pair hums with four sounds; how many passes does a tune take? In the lanes, green passes hold "
        "guesses that were right."
    ),
    panel=_panel,
    door=("decode", "Watch it on a real text"),
)
