"""Who says what of a model: the mechanism that speaks and where in its file, and what its words mean."""

from il2sim.sim.language.cells_and_rules import ModelError
from il2sim.sim.language.modifiers import Modifier
from il2sim.sim.language.records import Change
from il2sim.sim.language.source_location import said_at


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
