"""What a server does besides showing pages: it says when it starts and ends, and answers /metrics."""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from specviz.engine.exposition import CONTENT_TYPE, exposition
from specviz.logs import event
from specviz.models.preflight.troubles import ModelError
from specviz.policy import PolicyError, policy
from specviz.records import RunSettings
from specviz.ui.jobs import workshop


def check_settings() -> None:
    """SystemExit with one sentence where the settings of the server cannot be: better now than at the first visitor."""
    try:
        policy()
    except PolicyError as error:
        raise SystemExit(f"SpecViz cannot start. {error}") from None


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """The first event and the last; the workshop opens with the server, so that what a crash left is taken up.

    The embedded pair is loaded before the first visitor comes: with a class at its pages, Python would share its lock
    among so many threads that importing torch alone would take a minute.
    """
    event("server started", python=platform.python_version(), streamlit=st.__version__, jobs=policy().jobs)
    await asyncio.to_thread(_warm_up)
    yield
    event("server ended")


def _warm_up() -> None:
    """Load the pair that every page begins with; a server that cannot, or may not, still opens."""
    pair = RunSettings().target, RunSettings().draft
    try:
        workshop().pair(*pair)
    except ModelError as error:
        event("pair not loaded", target=pair[0], draft=pair[1], why=str(error))
    # What is there now stays: Python's collector need not look through it again while everybody waits.
    gc.collect()
    gc.freeze()


def metrics(_: Request) -> Response:
    """The numbers of this server; 404 where the policy does not tell them."""
    if not policy().metrics:
        return PlainTextResponse("The setting metrics is off.\n", status_code=404)
    return PlainTextResponse(exposition(workshop().status()), headers={"Content-Type": CONTENT_TYPE})


ROUTES = (Route("/metrics", metrics),)
