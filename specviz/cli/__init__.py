"""`python -m specviz`: the engine without a browser, one file for each command. Progress goes to stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from specviz.cli import (
    acceptance,
    check,
    compare,
    decode,
    export,
    law,
    laws,
    limits,
    methods,
    models,
    probe,
    races,
    rejections,
    report,
)

COMMANDS = (
    decode,
    compare,
    check,
    law,
    acceptance,
    laws,
    limits,
    methods,
    models,
    probe,
    races,
    rejections,
    report,
    export,
)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        print(f"specviz: {message}", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; bad input gives one sentence on stderr and exit code 2."""
    parser = _Parser(prog="python -m specviz", description="Speculative decoding without a browser.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser)
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        sentence = (command.__doc__ or "").strip()
        own = commands.add_parser(name, help=sentence[:1].lower() + sentence[1:].rstrip("."), description=sentence)
        command.options(own)
        own.set_defaults(run=command.run)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except (ValueError, OSError) as error:
        print(f"specviz: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("specviz: stopped.", file=sys.stderr)
        return 130
