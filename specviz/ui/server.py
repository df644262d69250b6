"""What a server does besides showing pages: it says when it starts and ends, and answers /metrics."""

from __future__ import annotations

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
from specviz.policy import PolicyError, policy
from specviz.ui.jobs import workshop


def check_settings() -> None:
    """SystemExit with one sentence where the settings of the server cannot be: better now than at the first visitor."""
    try:
        policy()
    except PolicyError as error:
        raise SystemExit(f"SpecViz cannot start. {error}") from None


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """The first event and the last; the workshop opens with the server, so that what a crash left is taken up."""
    event("server started", python=platform.python_version(), streamlit=st.__version__, jobs=policy().jobs)
    workshop()
    yield
    event("server ended")


def metrics(_: Request) -> Response:
    """The numbers of this server; 404 where the policy does not tell them."""
    if not policy().metrics:
        return PlainTextResponse("The setting metrics is off.\n", status_code=404)
    return PlainTextResponse(exposition(workshop().status()), headers={"Content-Type": CONTENT_TYPE})


ROUTES = (Route("/metrics", metrics),)
