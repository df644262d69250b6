"""One registry for everything that is one file in a package: drafters and verifiers."""

from __future__ import annotations

import importlib
import pkgutil
import re
import threading
from dataclasses import Field, field, fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_SPEC = re.compile(r"([a-z][a-z0-9_]{0,40})(?:\(([^()]{0,200})\))?")


def parameter(default: float, low: float, high: float, title: str) -> Any:
    """A dataclass field of a method that a person may set: whole where the default is whole, between low and high."""
    return field(default=default, metadata={"low": low, "high": high, "title": title})


class Registry(Generic[T]):
    """Classes by name; imports every module of its package once, on first use, and refuses a name twice.

    A method is asked for by a spec: its name, or its name with arguments, `relaxed(epsilon=0.2)`.
    """

    def __init__(self, package: str, noun: str) -> None:
        self._package = package
        self._noun = noun
        self._classes: dict[str, type[T]] = {}
        self._loaded = False
        self._loading = threading.RLock()

    def register(self, cls: type[T]) -> type[T]:
        """Class decorator: put a class under its `name`."""
        name: str = cls.name  # type: ignore[attr-defined]  # the protocols declare it, type[T] cannot
        if name in self._classes:
            raise ValueError(f"Two {self._noun}s are called {name}.")
        self._classes[name] = cls
        return cls

    def get(self, name: str) -> type[T]:
        """The class called `name`; ValueError names the known ones."""
        self._load()
        if name not in self._classes:
            raise ValueError(f"There is no {self._noun} called {name!r}; there are {', '.join(self.names())}.")
        return self._classes[name]

    def make(self, spec: str) -> T:
        """The method that a spec asks for; ValueError, in one sentence, for a name or an argument that is not."""
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            return self.get(spec[:60])()
        cls = self.get(match[1])
        known = parameters(cls)
        arguments: dict[str, float] = {}
        for part in (match[2] or "").split(","):
            if not part.strip():
                continue
            name, _, text = (side.strip() for side in part.partition("="))
            if name not in known:
                names = ", ".join(known) or "none"
                raise ValueError(f"The {self._noun} {match[1]} has no parameter {name!r}; its parameters: {names}.")
            arguments[name] = _number(f"{match[1]}.{name}", text, known[name])
        return cls(**arguments)

    def names(self) -> list[str]:
        """Known names, sorted."""
        self._load()
        return sorted(self._classes)

    def all(self) -> list[type[T]]:
        """Known classes by name."""
        return [self.get(name) for name in self.names()]

    def _load(self) -> None:
        # Whoever comes while another thread imports waits for it: half a registry looks like a whole one.
        with self._loading:
            if self._loaded:
                return
            package = importlib.import_module(self._package)
            for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
                importlib.import_module(f"{self._package}.{module.name}")
            self._loaded = True


def parameters(cls: type) -> dict[str, Field[Any]]:
    """What a person may set of a method, by name."""
    return {f.name: f for f in fields(cls) if f.metadata}


def spec(name: str, arguments: dict[str, float]) -> str:
    """The spec that `make` reads: the name alone where there are no arguments."""
    listed = ", ".join(f"{key}={value:g}" for key, value in arguments.items())
    return f"{name}({listed})" if listed else name


def _number(label: str, text: str, known: Field[Any]) -> float:
    low, high = known.metadata["low"], known.metadata["high"]
    kind: Any = type(known.default)
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise ValueError(f"{label} must be a {'whole ' * (kind is int)}number between {low} and {high}; not {text!r}.")
    return float(value) if kind is float else value
