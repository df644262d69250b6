"""Visitors without a browser: a websocket each, which asks the server to run a page and takes in all that it sends."""

from __future__ import annotations

import asyncio
import time
from random import Random

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

LONGEST = 120.0  # seconds that an answer may take
QUERY = "P=16&tokens=240&seed={}"


async def ask(line: ClientConnection, query: str) -> int:
    """One run of the page; the bytes that came. TimeoutError where it does not end, RuntimeError where it broke."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    await line.send(asked.SerializeToString())
    got = 0
    async with asyncio.timeout(LONGEST):
        while True:
            data = await line.recv()
            message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            got += len(data)
            if message.delta.new_element.HasField("exception"):
                raise RuntimeError(message.delta.new_element.exception.message[:120])
            if message.WhichOneof("type") == "script_finished":
                return got


async def visit(address: str, number: int, until: float, pause: float, spent: list[float], troubles: list[str]) -> None:
    """Come, and ask until the clock says `until`.  pause: mean seconds between an answer and the next question."""
    chance = Random(number)
    try:
        async with connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=LONGEST,
            ping_timeout=LONGEST,
        ) as line:
            await asyncio.sleep(chance.uniform(0, pause))
            while time.perf_counter() < until:
                began = time.perf_counter()
                await ask(line, QUERY.format(number))
                spent.append(time.perf_counter() - began)
                await asyncio.sleep(chance.uniform(0, 2 * pause))
    except (OSError, RuntimeError, TimeoutError, WebSocketException) as error:
        troubles.append(f"socket: {type(error).__name__}: {str(error)[:120]}")
