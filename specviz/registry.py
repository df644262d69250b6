"""One registry for everything that is one file in a package: drafters and verifiers."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Classes by name; imports every module of its package once, on first use, and refuses a name twice."""

    def __init__(self, package: str, noun: str) -> None:
        self._package = package
        self._noun = noun
        self._classes: dict[str, type[T]] = {}
        self._loaded = False

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

    def names(self) -> list[str]:
        """Known names, sorted."""
        self._load()
        return sorted(self._classes)

    def all(self) -> list[type[T]]:
        """Known classes by name."""
        return [self.get(name) for name in self.names()]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        package = importlib.import_module(self._package)
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            importlib.import_module(f"{self._package}.{module.name}")
