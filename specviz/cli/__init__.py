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
    sweep,
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
    sweep,
    export,
)


LONGEST = 1_000  # characters of a complaint, which may name an argument


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        _complain(message)
        raise SystemExit(2)


def _complain(message: str) -> None:
    """One line, whatever names and arguments stand in it: line ends and control characters are drawn as `?`."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in message[:LONGEST])
    print(f"specviz: {shown}", file=sys.stderr)


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
    except UnicodeError:
        _complain("An argument or a file holds what is not text in UTF-8; give it again without those bytes.")
        return 2
    except (ValueError, OSError) as error:
        _complain(str(error))
        return 2
    except KeyboardInterrupt:
        print("specviz: stopped.", file=sys.stderr)
        return 130
