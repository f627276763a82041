"""Who says what of a model: the mechanism that speaks and where in its file, and what its words mean."""

import inspect
import os
from pathlib import Path

from il2sim.sim.language.cells_and_rules import ModelError
from il2sim.sim.language.modifiers import Modifier
from il2sim.sim.language.records import Change


def said_at(mechanism: str, file: str = "") -> str:
    """File and line of the mechanism that is declaring now; nothing where no file of that name is.

    `file` is that of a mechanism which need not have its name.
    """
    own, frame = file or f"{os.sep}{mechanism}.py", inspect.currentframe()
    while frame is not None and not frame.f_code.co_filename.endswith(own):
        frame = frame.f_back
    return line_of(frame.f_code.co_filename, frame.f_lineno) if frame is not None else ""


def line_of(file: str, line: int) -> str:
    """As a reader looks it up: "models/biology/populations/cd8.py:47"."""
    parts = Path(file).parts
    own = len(parts) - parts[::-1].index("il2sim") if "il2sim" in parts[:-1] else -2
    return f"{'/'.join(parts[own:])}:{line}"


class Authored:
    """Remembers of everything declared its mechanism and its line, so that mistakes find their author."""

    def __init__(self) -> None:
        self.authors: dict[str, str] = {}  # what is declared, or a rule's sentence -> mechanism
        self.places: dict[str, str] = {}  # of the same, or of a cell type asked for: file and line
        self.meanings: dict[str, str] = {}  # of a trait or a cytokine, for readers
        self.changed: list[Change] = []  # by `finish`, without those of rules that are knocked out
        self.mechanism, self.place = "", ""  # who speaks, and where
        self.file = ""  # of who speaks, where it is none of the package's own

    def here(self) -> str:
        """File and line of what the mechanism says now."""
        return said_at(self.mechanism, self.file)

    def claim(self, thing: str, remedy: str) -> None:
        """Note that this mechanism declares something; refuse what another has declared."""
        author = self.authors.get(thing, self.mechanism)
        if author != self.mechanism:
            raise ModelError(f"{thing} is declared by both {author!r} and {self.mechanism!r}: {remedy}")
        self.note(thing)

    def note(self, thing: str) -> None:
        """Remember that this mechanism says something, and where."""
        self.authors[thing], self.places[thing] = self.mechanism, self.here()

    def speak(self, thing: str, modifier: Modifier | None = None) -> None:
        """Blame what is wrong from now on on who said `thing`, or gave that rule this modifier."""
        self.mechanism, self.place = self.authors.get(thing, ""), self.places.get(thing, "")
        for change in self.changed if modifier is not None else ():
            if change.sentence == thing and change.modifier == modifier:
                self.mechanism, self.place = change.mechanism, change.place

    def explain(self, thing: str, means: str) -> None:
        """Say what a trait or a cytokine stands for; who only uses it says nothing."""
        if means:
            self.meanings[thing] = means
