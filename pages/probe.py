"""Where in my prompt does drafting work, and where not? Which kinds of prompt suit this pair?"""

from __future__ import annotations

from specviz.ui.lab import presets, sections
from specviz.ui.page import PageSpec, open_page
from specviz.ui.probe.advice import advice_panel
from specviz.ui.probe.many import many_panel
from specviz.ui.probe.text import text_panel

PAGE = PageSpec("Probe", "Explore", 3, "probe", ":material/troubleshoot:")
ONE, MANY, ADVICE = "One text", "Many prompts", "Advice"
CASES = {
    "Code, coloured by rank": {"probe_part": ONE, "probe_source": "recorded: code", "probe_measure": "rank"},
    "Fate of each token": {"probe_part": ONE, "probe_source": "recorded: story", "probe_measure": "outcome"},
    "The same text at temperature 0": {
        "probe_part": ONE, "probe_source": "recorded: story", "probe_measure": "acceptance rate", "probe_T": 0.0,
    },
}  # fmt: skip


def render() -> None:
    """A text, many prompts, or advice; each tab has its own controls at the side."""
    open_page(
        "Where does drafting work in your text?",
        "See where in your text guesses are kept, which kinds of prompt suit this pair, and what to set.",
        "Find the worst span, then look at what the two models expected there.",
    )
    presets("probe", CASES)
    sections("probe", {ONE: text_panel, MANY: many_panel, ADVICE: advice_panel})


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
