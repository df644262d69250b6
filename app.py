"""SpecViz: the frame. Pages say what they are; this file puts them into the navigation."""

from __future__ import annotations

import importlib
from pathlib import Path

import streamlit as st

from specviz.policy import PolicyError, policy
from specviz.ui.jobs import visitor, workshop
from specviz.ui.page import DOORS
from specviz.ui.words import plain

ASSETS = Path(__file__).parent / "assets"
LOGO, STYLE = ASSETS / "logo.svg", ASSETS / "frame.css"
SECTIONS = ("Start", "Explore", "Laboratory", "Setup")


def page_modules() -> list:
    """Every module of pages/, in the order of sections and pages."""
    names = sorted(path.stem for path in (Path(__file__).parent / "pages").glob("*.py"))
    modules = [importlib.import_module(f"pages.{name}") for name in names]
    return sorted(modules, key=lambda module: (SECTIONS.index(module.PAGE.section), module.PAGE.order))


def navigation() -> list:
    """All pages in one row: every one of them is one click away, and the sidebar is free for settings."""
    # A list of this visit's own: a page object may be run once, and visitors come at the same time.
    pages = {}
    for module in page_modules():
        spec = module.PAGE
        # No icon here: Streamlit makes it the tab's picture too, and fetches that one from a font server.
        path = "home" if spec.default else spec.url  # the first page stands at the root; its path is only reserved
        pages[spec.url] = st.Page(module.render, title=spec.title, url_path=path, default=spec.default)
    DOORS.update(pages)  # for links, which need a page's address only
    home = next(module.PAGE.url for module in page_modules() if module.PAGE.default)
    named = st.Page(lambda: _home(home), title="SpecViz", url_path=home, visibility="hidden")
    return [*pages.values(), named]


def _home(url: str) -> None:
    """The first page has no name in its address; whoever types one comes to it all the same, settings included."""
    st.switch_page(DOORS[url], query_params=st.query_params.to_dict())


def main() -> None:
    """Navigation first: a server that has never heard of it would list pages/ by itself."""
    selected = st.navigation(navigation(), position="top")
    st.set_page_config(page_title="SpecViz", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.html(STYLE)
    st.logo(LOGO, size="large")
    try:
        policy()
    except PolicyError as error:  # rather no page than one without its limits
        st.error(f"SpecViz cannot start. {plain(str(error))}", icon=":material/error:")
        st.stop()
    workshop().present(visitor())
    selected.run()


if __name__ == "__main__":
    main()
