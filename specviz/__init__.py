"""SpecViz: a decoder writes a record, pictures read the record, pages arrange pictures."""

__version__ = "0.1.0"
