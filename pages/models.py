"""Which pair, which device, does it fit, do the tokenizers agree, and if not why?"""

from __future__ import annotations

import streamlit as st

from specviz.ui.controls import OTHER, offered_pairs
from specviz.ui.jobs import workshop
from specviz.ui.lab import presets, sections
from specviz.ui.models.at_work import at_work_panel
from specviz.ui.models.card import card_panel, server_panel
from specviz.ui.models.choose import choose
from specviz.ui.models.costs import costs_panel
from specviz.ui.models.known import before_loading, strip, tokens_panel
from specviz.ui.models.lists import curated_panel, failures_panel
from specviz.ui.models.load import in_memory, load_controls, load_panel
from specviz.ui.page import PageSpec, open_page

PAGE = PageSpec("Models", "Setup", 1, "models", ":material/memory:")
MEASURED = "Cost of a pass"
CASES = {
    "Padded embeddings": {"pair": "Qwen2.5 7B with 0.5B"},
    "A gated pair": {"pair": "Llama 3.1 8B with 3.2 1B"},
    "A narrow window": {"pair": "Gemma 3 1B with 270M"},
    "Swapped": {"pair": OTHER, "target": "fable/draft", "draft": "fable/target"},
    "Two families": {"pair": OTHER, "target": "Qwen/Qwen3-1.7B", "draft": "HuggingFaceTB/SmolLM2-135M"},
    "No such name": {"pair": OTHER, "target": "my model!", "draft": "fable/draft"},
}


def render() -> None:
    """Controls at the side; four answers, the load, and the details in tabs."""
    open_page(
        "Choose the models",
        "Which **pair** runs here: what it weighs, whether it fits, whether its tokens agree.",
        "Choose a pair, read the four answers, then press Load.",
    )
    pairs = offered_pairs()
    presets("models", {name: values for name, values in CASES.items() if values["pair"] in (*pairs, OTHER)})
    with st.sidebar:
        actions = st.container()
        choice = choose()
        with actions:
            job = load_controls(choice)
    strip(choice)
    in_memory(job, _show_costs)
    load_panel(job, choice)
    sections(
        "models",
        {
            "Before loading": lambda: before_loading(choice),
            MEASURED: costs_panel,
            "Tokens": lambda: tokens_panel(choice.seen.comparison),
            "Curated pairs": lambda: curated_panel(choice.plan),
            "If it fails": failures_panel,
            "The embedded pair": card_panel,
            "This server": lambda: server_panel(choice.server),
            "Who is at work": lambda: at_work_panel(workshop().status),
        },
    )


def _show_costs() -> None:
    st.session_state["models_part"] = MEASURED


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
