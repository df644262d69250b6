"""Two sections of the rejections laboratory: what giving up exactness buys, and the speed that acceptance brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.engine.rejections import RejectionStudy
from specviz.figures.rejections.quality import front_figure, price_figure, speed_figure
from specviz.records import PairLaws, RunSettings, Warp
from specviz.theory import (
    block_efficiency,
    bootstrap_ratio,
    naive_residual_loss,
    relaxed_acceptance,
    relaxed_rule,
    speedup,
)
from specviz.ui.glossary import define
from specviz.ui.jobs import visitor, workshop
from specviz.ui.laws_source import choose_kind, choose_texts, warp_control
from specviz.ui.layout import two_pictures
from specviz.ui.library import recorded_table
from specviz.ui.rejections import measured as measured
from specviz.ui.tables import chart_with_table

EPSILONS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
DEEPEST = 24


def quality_section() -> None:
    """The front on measured laws, and texts along it."""
    with st.sidebar:
        epsilon = float(st.select_slider("Slack ε", EPSILONS, 0.1, key="rejections_eps", bind="query-params",
                                         help=define("epsilon")))  # fmt: skip
        texts = choose_texts("rejections")
        kind = choose_kind("rejections", texts) if texts is not None else None
        warp = warp_control("rejections")
    left, right = two_pictures("quality")
    with left:
        st.markdown("**One position, averaged over measured ones.** Slack trades rejections for loss one to one; "
                    "only the residual can waste more. *Move ε from 0 to 0.01.*")  # fmt: skip
        if texts is not None:
            _front_of(texts, kind, warp, epsilon)
    table = recorded_table(measured.RELAXED)
    by_epsilon: dict[str, list[dict[str, Any]]] = {}
    for row in table.rows():
        by_epsilon.setdefault(_name(row["verifier"]), []).append(row)
    with right:
        st.markdown("**What the text becomes.** Real runs: more tokens per pass, and less likely ones. *How much of "
                    "the rise is there at ε = 0.01?*")  # fmt: skip
        _price(by_epsilon)
        st.caption(f"{measured.about(table)} Best residual, temperature 1; bars are 95 % intervals over runs.")
    _examples(by_epsilon, table.settings, epsilon)


def _name(verifier: str) -> str:
    return "ε = " + verifier.partition("=")[2].rstrip(")")


def _front_of(texts: PairLaws, kind: str | None, warp: Warp, epsilon: float) -> None:
    source = (texts.prompts, texts.seed, texts.temperature, len(texts.text))
    front = _front(source, kind, warp, texts)
    place = EPSILONS.index(epsilon)
    names = ("rejected", "loss, best residual", "loss, naive residual")
    rows = [
        {"epsilon": eps} | {name: round(float(values[i]), 4) for name, values in zip(names, front, strict=True)}
        for i, eps in enumerate(EPSILONS)
    ]
    rejected, best, naive = (values.tolist() for values in front)
    chart_with_table(
        front_figure(rejected, best, naive, place), rows,
        "rejections-front",
        alt="Loss against rejections as epsilon grows: the best residual lies on the straight line, the naive above.",
    )  # fmt: skip
    cells = st.columns(3)
    less, more = rejected[place] - rejected[0], naive[place] - best[place]
    cells[0].metric(
        "rejected", f"{rejected[place]:.3f}", f"{less:+.3f}", delta_color="inverse", help=define("rejection")
    )
    cells[1].metric("loss", f"{best[place]:.3f}", f"{best[place]:+.3f}", delta_color="inverse", help=define("loss"))
    cells[2].metric(
        "naive loss", f"{naive[place]:.3f}", f"{more:+.3f}", delta_color="inverse",
        help="Loss when a rejected token is replaced by one drawn from p itself: a common slip, not exact even at "
        "epsilon 0.",
    )  # fmt: skip
    st.caption(
        f"Mean of {len(texts.of_kind(kind))} positions; temperature {warp.temperature:g}. At every single position "
        "rejected + loss = TV(p, q), for this family and for every test that keeps at least min(1, p / q)."
    )


@st.cache_data(max_entries=32, show_spinner="Reading the measured laws")
def _front(source: tuple[Any, ...], kind: str | None, warp: Warp, _texts: PairLaws) -> np.ndarray:
    """float64[3, epsilons]: rejected, best loss and naive loss, means over positions."""
    positions = _texts.of_kind(kind)
    front = np.zeros((3, len(EPSILONS)))
    for position in positions:
        p, q = _texts.laws(int(position), warp)
        for place, epsilon in enumerate(EPSILONS):
            kept = relaxed_acceptance(p, q, epsilon)
            rule = relaxed_rule(p, q, kept)
            front[:, place] += rule.rejection, rule.loss, naive_residual_loss(p, q, kept)
    return front / len(positions)


def _price(by_epsilon: dict[str, list[dict[str, Any]]]) -> None:
    points = {name: measured.price(rows) for name, rows in by_epsilon.items()}
    rows = [
        {"slack": name, "runs": pair[0].count}
        | {
            f"{what}{part}": round(getattr(estimate, field), 3)
            for what, estimate in zip(("tokens per pass", "surprisal"), pair, strict=True)
            for part, field in (("", "value"), (" low", "low"), (" high", "high"))
        }
        for name, pair in points.items()
    ]
    chart_with_table(price_figure(points), rows, "rejections-price",
                     alt="Tokens per pass against mean surprisal of the text, one point for each epsilon.")  # fmt: skip


def _examples(by_epsilon: dict[str, list[dict[str, Any]]], settings: dict[str, Any], epsilon: float) -> None:
    """The same prompt and seed at every slack."""
    prompts = list(settings["prompts"])
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    prompt = left.selectbox("Prompt", prompts, key="rejections_prompt", help=define("prompt"))
    repeats = len(next(iter(by_epsilon.values()))) // len(prompts)
    repeat = int(middle.number_input("Repeat", 1, repeats, 1, key="rejections_repeat", bind="query-params",
                                     help="Each repeat has a seed of its own, the same at every ε."))  # fmt: skip
    number = prompts.index(prompt)
    shown = {name: [row for row in rows if row["prompt"] == number][repeat - 1] for name, rows in by_epsilon.items()}
    seed = next(iter(shown.values()))["seed"]
    asked = (prompt, seed, epsilon)
    help_text = f"Runs the pair here and now at ε = {epsilon:g}, with the same seed; loading it takes a few seconds."
    if right.button("Decode", type="primary", key="rejections_live", width="stretch", help=help_text):
        st.session_state["rejections_text_live"] = asked, _decode(settings, *asked)
    (*of, slack), live = st.session_state.get("rejections_text_live", ((None, None, 0.0), None))
    if live is not None and of == [prompt, seed]:
        shown[f"ε = {slack:g}, decoded now"] = live
    columns = st.columns(2)
    for place, (name, row) in enumerate(shown.items()):
        with columns[place % 2]:
            st.caption(f"**{name}**: {row['tokens'] / row['passes']:.2f} tokens per pass, "
                       f"{row['surprisal'] / row['tokens']:.2f} nats per token")  # fmt: skip
            st.code(row["text"], language=None, wrap_lines=True, height=150)


def _decode(settings: dict[str, Any], prompt: str, seed: int, epsilon: float) -> dict[str, Any] | None:
    """One run of the recorded study with another slack; the models are loaded where they are not yet."""
    same = {name: value for name, value in settings.items() if name != "prompts"}
    asked = RunSettings.from_dict(same | {"seed": seed})
    try:
        with (
            st.spinner("Loading the models and decoding"),
            workshop().borrowed(asked.target, asked.draft) as pair,
            workshop().turn(visitor()),
        ):
            run = next(iter(RejectionStudy(pair, asked, [("own", prompt)], 1, (f"relaxed(epsilon={epsilon:g})",))))
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return {"tokens": run.tokens, "passes": run.passes, "surprisal": run.surprisal, "text": run.text}


def speed_section() -> None:
    """Modelled speed-up over depth at the measured acceptance and cost, and the measured runs on it."""
    with st.sidebar:
        temperature, kind = measured.runs_control()
        hand = st.toggle("Set α and c by hand", key="rejections_hand", bind="query-params",
                         help="Leave the measured values and try others.")  # fmt: skip
        by_hand = (
            float(st.slider("Acceptance rate α", 0.0, 0.99, 0.8, 0.01, key="rejections_alpha", bind="query-params",
                            disabled=not hand, help=define("acceptance rate"))),
            float(st.slider("Cost ratio c", 0.0, 1.2, 0.05, 0.01, key="rejections_c", bind="query-params",
                            disabled=not hand, help=define("cost ratio"))),
        )  # fmt: skip
    table = measured.study(temperature)
    rows, depth = measured.runs(table, "token", kind), int(table.settings["depth"])
    rate = measured.acceptance(rows)
    alpha, cost = by_hand if hand else (rate.value, measured.cost_ratio(rows))
    depths = np.arange(DEEPEST + 1)
    modelled = speedup(alpha, depths, cost)
    best = int(modelled.argmax())
    counted = bootstrap_ratio([r["tokens"] for r in rows], [r["passes"] + cost * r["drafted"] for r in rows])
    st.markdown(
        "**Every rejection costs a target pass, every guess a draft pass.** The longer the chain, the more guesses "
        "lie behind a rejection and are thrown away. *Let the draft cost nothing, then as much as the target.*"
    )
    chart_with_table(
        speed_figure(depths.tolist(), modelled.tolist(), best, None if hand else (depth, counted)),
        [{"depth": int(d), "modelled speed-up": round(float(s), 4)} for d, s in zip(depths, modelled, strict=True)],
        "rejections-speed", alt="Modelled speed-up against depth, the best depth starred, the measured runs marked.",
    )  # fmt: skip
    cells = st.columns(4)
    cells[0].metric("α", f"{alpha:.3f}", help=define("acceptance rate") + ("" if hand else _interval(rate)))
    cells[1].metric("c", f"{cost:.3f}", help=define("cost ratio"))
    cells[2].metric(
        "best depth", f"{best}" + " or more" * (best == DEEPEST), help=f"Modelled speed-up there: {modelled[best]:.2f}."
    )
    tokens = measured.price(rows)[0]
    cells[3].metric(
        "tokens per pass", f"{block_efficiency(alpha, depth):.2f}",
        help=f"Model at depth {depth}: 1 + α + ... + α^depth. Counted in the runs: {tokens.value:.2f}."
        f"{_interval(tokens)}",
    )  # fmt: skip
    point = (
        f" The measured point is {counted.value:.3f} ({counted.low:.3f} to {counted.high:.3f}): counted passes priced "
        f"at c, with a pass over {depth + 1} tokens as unit. Plain decoding was not timed; its passes read one token "
        "and are cheaper, so the true gain is smaller. The last chain of a run is cut to the length asked for, which "
        "lowers the point a little."
    )
    st.caption(
        f"The line is a model: every guess is kept with the same chance α, independently. {measured.about(table)} "
        f"α is 1 - mean TV over examined positions; c comes from the runs' own seconds.{'' if hand else point}"
    )


def _interval(estimate: Any) -> str:
    return f" 95 % interval {estimate.low:.3f} to {estimate.high:.3f}, {estimate.count} runs."
