"""SpecViz: the frame. Pages say what they are; this file puts them into the navigation."""

from __future__ import annotations

import importlib
from pathlib import Path

import streamlit as st

from specviz.ui.page import DOORS

SECTIONS = ("Explore", "Laboratory", "Learn", "Setup")


def page_modules() -> list:
    """Every module of pages/, in the order of sections and pages."""
    names = sorted(path.stem for path in (Path(__file__).parent / "pages").glob("*.py"))
    modules = [importlib.import_module(f"pages.{name}") for name in names]
    return sorted(modules, key=lambda module: (SECTIONS.index(module.PAGE.section), module.PAGE.order))


def navigation() -> dict[str, list]:
    """Sections with their pages."""
    sections: dict[str, list] = {}
    for module in page_modules():
        spec = module.PAGE
        page = st.Page(module.render, title=spec.title, icon=spec.icon, url_path=spec.url, default=spec.default)
        sections.setdefault(spec.section, []).append(page)
        DOORS[spec.url] = page
    return sections


def main() -> None:
    """Navigation first: a server that has never heard of it would list pages/ by itself."""
    selected = st.navigation(navigation())
    st.set_page_config(page_title="SpecViz", page_icon=":material/account_tree:", layout="wide")
    # Streamlit leaves 6rem above the title; a picture should be seen without scrolling.
    st.html("<style>.stMainBlockContainer{padding-top:2.6rem}</style>")
    selected.run()


if __name__ == "__main__":
    main()
