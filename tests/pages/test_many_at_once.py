"""What a class that comes at once must not share, and what a server does before the first of them comes."""

from __future__ import annotations

import gc
import sys

import pytest
import streamlit as st

import app
from specviz.engine.scheduling import Workshop
from specviz.engine.scheduling.workshop import SWITCH
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.ui import server


def test_every_visit_has_page_objects_of_its_own(monkeypatch):
    """One that another visit has replaced cannot be run any more."""
    monkeypatch.setattr(app, "DOORS", {})
    monkeypatch.setattr(st, "Page", lambda *_, **settings: dict(settings))
    one, other = app.navigation(), app.navigation()
    assert [page["title"] for page in one] == [page["title"] for page in other]
    assert not {id(page) for page in one} & {id(page) for page in other}


def test_a_workshop_makes_threads_take_short_turns():
    Workshop()
    assert sys.getswitchinterval() == pytest.approx(SWITCH) == pytest.approx(50e-6)


def test_the_pair_is_there_before_the_first_visitor(monkeypatch):
    asked = []
    monkeypatch.setattr(server, "workshop", lambda: Stand(asked))
    server._warm_up()
    assert asked == [("fable/target", "fable/draft")]
    gc.unfreeze()


def test_a_server_that_cannot_load_the_pair_opens_all_the_same(monkeypatch):
    monkeypatch.setattr(server, "workshop", lambda: Stand(ModelError("No room.", Trouble.MEMORY)))
    server._warm_up()
    gc.unfreeze()


class Stand:
    """Only the part of a workshop that is asked for."""

    def __init__(self, answer):
        self.answer = answer

    def pair(self, *names):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.answer.append(names)
