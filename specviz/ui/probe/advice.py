"""Advice: which strategy, P, k and depth for this prompt on this machine, what is predicted and what came of it."""

from __future__ import annotations

import streamlit as st

from specviz.drafting import make_drafter
from specviz.engine.probe.advice import measured_gain
from specviz.engine.probe.jobs import AdviceJob
from specviz.figures.probe.advice import gain_figure
from specviz.policy import policy
from specviz.presets import PRESETS
from specviz.records import RunSettings
from specviz.records.advice import Advice, Forecast
from specviz.theory import REFERENCES, Estimate
from specviz.ui.controls import OTHER, chat_control, chat_query, missing, pair_control, prompt_control
from specviz.ui.controls import OWN as OWN_PROMPT
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop
from specviz.ui.layout import metric_row, two_pictures
from specviz.ui.models.choose import label_of
from specviz.ui.models.costs import costs_chart, cut
from specviz.ui.page import door
from specviz.ui.probe.library import recorded_advice
from specviz.ui.tables import chart_with_table
from specviz.ui.words import plain
from specviz.verification import make_verifier

RECORDED, OWN = "recorded: the first story", "a prompt, measured now"
JOB = "probe_advice"
CHAIN = 5  # the paper of the simplest model


def advice_panel() -> None:
    """Controls at the side; the recommendation, its curves, its check."""
    with st.sidebar:
        source = st.selectbox(
            "Advice for", [RECORDED, OWN], key="probe_advice_for", bind="query-params", help=define("advice")
        )
        if source == OWN:
            _controls()
    advice = recorded_advice() if source == RECORDED else _measured()
    if advice is not None:
        _show(advice)


def _controls() -> None:
    prompt = prompt_control()
    target, draft, _ = pair_control(layered=False)
    chat = chat_control(target)
    temperature = st.slider(
        "Temperature", 0.0, 2.0, 0.7, 0.05, key="probe_advice_T", bind="query-params", help=define("temperature")
    )
    most = min(256, policy().new_tokens)
    length = st.number_input(
        "Tokens of each run", min(16, most), most, min(64, most), key="probe_advice_tokens", bind="query-params",
        help=define("tokens"),
    )  # fmt: skip
    reason = missing(prompt, target, draft)

    def advise() -> AdviceJob:
        settings = RunSettings(
            target=target, draft=draft, temperature=float(temperature), max_new_tokens=int(length), seed=11, chat=chat
        )
        return AdviceJob(target, draft, settings=settings, prompt=prompt)

    run_and_stop(JOB, job_of(JOB, AdviceJob), advise, "Measure", reason)
    if reason:
        st.caption(reason)


def _measured() -> Advice | None:
    job = job_of(JOB, AdviceJob)
    if job is None:
        st.info("Choose a prompt at the side and press Measure: costs, trees of seven methods and a check, about 20 s.")
        return None
    if job.active:
        follow(job, lambda: _progress(job))
        return None
    advice = job.advice()
    if job.error:
        job_failed(job, advice is not None, "what was measured before")
    elif advice is None:
        st.info("The measurement was stopped before its first result; press Measure to start it again.")
    return advice


def _progress(job: AdviceJob) -> None:
    step = job.progress
    if step is None:
        st.progress(0.0, text=str(job.stage))
    else:
        st.progress(
            step.done / step.total, text=f"{step.label[:1].upper()}{step.label[1:]}: {step.done} of {step.total}"
        )


def _show(advice: Advice) -> None:
    best, measured = advice.best, None if advice.check is None else measured_gain(advice.check)
    gain = advice.gain(best)
    verdict, good = _verdict(advice, measured)
    (st.success if good else st.warning)(verdict, icon=":material/recommend:" if good else ":material/block:")
    _numbers(advice, gain, measured)
    _doors(advice)
    curves = {method(*pair): [(one, advice.gain(one)) for one in advice.curve(*pair)] for pair in advice.strategies()}
    left, right = two_pictures("probe-advice")
    with left:
        st.header("Predicted speed-up", anchor=False, help=define("predicted speed-up"))
        chart_with_table(
            gain_figure(curves, (best, gain), measured), _forecast_rows(advice), "probe-gain",
            alt="Predicted speed-up over plain decoding against capacity P for each method, with the best marked.",
        )  # fmt: skip
    with right:
        st.header("What a pass costs here", anchor=False, help=define("cost of a pass"))
        costs_chart(advice.costs, "probe-costs")
    source = advice.provenance
    st.caption(
        f"{plain(source.target)} and {plain(source.draft)} on {source.device}, temperature "
        f"{advice.settings.temperature:g}; costs are from {advice.costs.repeats} passes at each size in "
        f"{advice.costs.total:.1f} s, {cut(advice.costs)}the whole advice took {advice.seconds:.0f} s. "
        f"The target's mean entropy along the texts is {advice.mu:.2f} nats. Trees were grown at "
        f"the same {best.passes} places for every method."
    )


def method(drafter: str, verifier: str) -> str:
    """What a drafter with a verifier is called on screen."""
    return f"{make_drafter(drafter).title} + {make_verifier(verifier).title}"


def setting(one: Forecast) -> str:
    """A forecast's setting in words."""
    k = f"k\u00a0=\u00a0{one.drafts}, " if "drafts" in make_drafter(one.drafter).uses else ""
    return f"**{method(one.drafter, one.verifier)}**, P\u00a0=\u00a0{one.capacity}, {k}depth\u00a0{one.depth}"


def _verdict(advice: Advice, measured: Estimate | None) -> tuple[str, bool]:
    """The recommendation in one or two sentences, and whether it is one."""
    best = advice.best
    gain = advice.gain(best)
    why = (
        f" A draft pass costs {advice.costs.ratio:.2f} of a target pass and a guess is accepted with chance "
        f"{advice.overlap:.2f}; in the simplest model a chain pays only where the second is larger "
        f"[{REFERENCES[CHAIN].authors}, {REFERENCES[CHAIN].year}]({REFERENCES[CHAIN].url})."
    )
    if gain <= 1:
        return f"Nothing that was tried beats plain decoding here; the best would be {setting(best)}.{why}", False
    found = f"{setting(best)}: predicted {gain:.2f} times as fast as plain decoding"
    if measured is None:
        return f"{found}; it was not run to check.", True
    checked = f"{found}, measured {measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})."
    if measured.high < 1:
        return f"Do not draft here. {checked} The prediction was too good.{why}", False
    if measured.low <= 1:
        return f"Perhaps. {checked} The interval holds 1, so no gain is shown yet.", False
    return f"Use {checked}", True


def _numbers(advice: Advice, gain: float, measured: Estimate | None) -> None:
    best = advice.best
    kind = "exact means over the rule's coins" if best.exact else "counted, one race a place"
    cells = {
        "predicted speed-up": (f"{gain:.2f}", f"{define('predicted speed-up')} Model, not measurement."),
        "measured speed-up": (
            "\u2013" if measured is None else f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})",
            f"{define('measured speed-up')} 95 % interval over {measured.count if measured else 0} runs of each, "
            "the first pass of each left out: it reads the prompt, which the prediction is not about.",
        ),
        "tokens per pass: predicted, measured": (
            f"{best.tokens:.2f}, {_rate(advice)}",
            f"{define('block efficiency')} Predicted from {best.passes} places, for a chain from the "
            f"whole texts too; {kind}.",
        ),
        "cost ratio": (f"{advice.costs.ratio:.2f}", define("cost ratio")),
        "acceptance rate": (f"{advice.overlap:.2f}", define("acceptance rate")),
    }  # fmt: skip
    metric_row(cells)


def _rate(advice: Advice) -> str:
    """Measured tokens per pass."""
    return "\u2013" if advice.check is None else f"{sum(advice.check.tokens) / sum(advice.check.passes):.2f}"


def _doors(advice: Advice) -> None:
    """To the Decode page."""
    door("decode", "Open Decode with these settings", ":material/account_tree:", **decode_query(advice))


def decode_query(advice: Advice) -> dict[str, object]:
    """The Decode page's link for the best forecast: the same models and text, so that what was forecast is run."""
    best, asked = advice.best, advice.settings
    presets = {text: f"{kind} {n}" for kind, texts in PRESETS.items() for n, text in enumerate(texts, start=1)}
    pair = label_of(asked.target, asked.draft)
    models = {"target": asked.target, "draft": asked.draft} if pair == OTHER else {}
    return {
        "drafter": make_drafter(best.drafter).title, "verifier": make_verifier(best.verifier).title,
        "P": best.capacity, "k": best.drafts, "depth": best.depth, "T": asked.temperature,
        "prompt": presets.get(advice.prompt, OWN_PROMPT), "pair": pair, **models,
        **chat_query(asked.target, asked.chat),
    }  # fmt: skip


def _forecast_rows(advice: Advice) -> list[dict[str, object]]:
    ranked = sorted(advice.forecasts, key=advice.gain, reverse=True)
    return [
        {"method": method(one.drafter, one.verifier), "P": one.capacity, "k": one.drafts, "depth": one.depth,
         "predicted speed-up": round(advice.gain(one), 3), "tokens per pass": round(one.tokens, 3),
         "ms per pass": round(1000 * one.seconds, 2), "draft nodes": round(one.nodes, 2), "places": one.passes,
         "tokens are": "expected" if one.exact else "counted"}
        for one in ranked
    ]  # fmt: skip
