"""The grammar of a finished model: on which clock and in which phase a rule runs, and which cannot run."""

from il2sim.sim.language.cells_and_rules import ModelError, nearest
from il2sim.sim.language.model import Model
from il2sim.sim.language.modifiers import Modifier
from il2sim.sim.language.records import Rule, Steady, Uphill
from il2sim.sim.language.units import UnitError, convert
from il2sim.sim.lattice import Lattice

_PHASE_OF = {"hits": "hit", "enters": "enter"}
SHORTEST_UM = 30.0  # a length that no field voxel resolves (architecture: two voxels of 15 um)


def clock_of(rule: Rule, contact_traits: frozenset[str], layer: str) -> str:
    """contact: hits, traits they raise and deaths gated by those; otherwise the clock of the layer."""
    read = {modifier.signal.name for modifier in rule.modifiers if modifier.signal.kind == "trait"}
    touched = rule.verb in ("rises", "falls") and rule.other in contact_traits
    gated = layer == "solid" and rule.verb == "dies" and read & contact_traits
    if rule.verb == "secretes":
        return "immune"
    return "contact" if rule.verb == "hits" or touched or gated else layer


def phase_of(rule: Rule, clock: str, layer: str) -> str:
    """When in a tick a rule is worked out."""
    if rule.verb in _PHASE_OF:
        return _PHASE_OF[rule.verb]
    if rule.verb == "secretes":
        return "secrete" if layer == "immune" else "exude"
    if rule.verb in ("rises", "falls"):
        return "wound" if clock == "contact" else "sense"
    if layer == "immune":
        return "life"
    return "lysis" if clock == "contact" else "birth"


class Grammar:
    """What a model's sentences may say of each other; every method raises ModelError."""

    def __init__(self, model: Model, lattice: Lattice) -> None:
        self.model, self.lattice = model, lattice
        self.layer_of = {cell.name: cell.layer for cell in model.cells.values()}
        self.raised = {rule.raises for rule in model.rules.values() if rule.verb == "hits"}

    def check(self) -> None:
        """All rules, walks and first traits."""
        killers: set[str] = set()
        for rule in self.model.rules.values():
            self.model.speak(rule.sentence)
            self._check_unit(rule)
            self._check_objects(rule)
            self._check_traits(rule)
            self._check_signals(rule)
            if rule.verb == "hits" and rule.cell in killers:
                raise ModelError(f"{rule.sentence}: a cell type hits one kind of victim only")
            killers |= {rule.cell} if rule.verb == "hits" else set()
        if len(self.raised) > 1:
            raise ModelError(
                f"hits raise {', '.join(sorted(self.raised))}: all hits must raise the same trait"
            )
        for walk in self.model.walks:
            self.model.speak(f"the walk of {walk.cell}")
            self._need_layer(f"{walk.cell} migrates", walk.cell, "immune")
            if walk.uphill is not None:
                self.model.speak(f"the pull on {walk.cell}")
                self._check_uphill(walk.cell, walk.uphill)
        for cell, trait in self.model.initial:
            self.model.speak(f"the first {trait} of {cell}")
            if trait not in self.model.inherited:
                self._need_layer(f"{cell} starts", cell, "immune")
            self._need_trait(f"{cell} starts", trait, self.layer_of.get(cell, "immune"))
        self._check_fields()

    def _check_fields(self) -> None:
        """Steady cytokines, and that nobody takes one up."""
        for name, spread in self.model.steady.items():
            self.model.speak(f"steady cytokine {name!r}")
            self._check_steady(name, spread)
        for eater, name in self.model.uptakes:
            if name in self.model.steady:
                thing = f"the uptake of {name} by {eater}"
                self.model.speak(thing)
                raise ModelError(f"{thing}: a steady cytokine is lost at its `loss`; put uptake there")

    def _check_steady(self, name: str, spread: Steady) -> None:
        if name in self.model.shown:
            raise ModelError(f"{name}: it is steady here, and another mechanism has the caller show it")
        if not (spread.length_um >= SHORTEST_UM and spread.loss > 0.0 and 0.0 < spread.pores <= 1.0):
            raise ModelError(
                f"{name}: found {spread}; a length of {SHORTEST_UM:g} um or more, a loss above 0 and "
                "pores above 0, at most 1, are allowed"
            )

    def _check_uphill(self, cell: str, uphill: Uphill) -> None:
        if uphill.cytokine not in self.model.cytokines:
            close = nearest(uphill.cytokine, self.model.cytokines)
            raise ModelError(f"{cell} walks up {uphill.cytokine!r}: no such cytokine{close}")
        if not (0.0 <= uphill.bias < 1.0 and uphill.half > 0.0 and uphill.reach_um >= 0.0):
            raise ModelError(
                f"{cell} walks up {uphill.cytokine}: found {uphill}; a bias from 0 to below 1, a half "
                "above 0 and a reach of 0 or more are allowed"
            )

    def _need_layer(self, where: str, cell: str, layer: str) -> None:
        if cell not in self.layer_of:
            raise ModelError(f"{where}: unknown cell type {cell!r}{nearest(cell, self.layer_of)}")
        if self.layer_of[cell] != layer:
            raise ModelError(f"{where}: {cell} must be of the {layer} layer")

    def _need_trait(self, where: str, trait: str, layer: str) -> None:
        if self.model.traits.get(trait, ("",))[0] != layer:
            raise ModelError(f"{where}: trait {trait!r} is not carried by the {layer} layer")

    def _check_unit(self, rule: Rule) -> None:
        """A number given as a rate must be declared as one; what is worked out from it is not followed."""
        number = self.model.parameters.get(getattr(rule.rate, "name", ""))
        if number is None:
            return
        try:
            convert(1.0, number.unit, "nmol/h" if rule.verb == "secretes" else "1/h")
        except UnitError as error:
            raise ModelError(f"{rule.sentence} at {number.name}: {error}") from None

    def _check_objects(self, rule: Rule) -> None:
        """Cell types named by a rule lie in the layer that its verb needs."""
        own = self.layer_of[rule.cell]
        if rule.verb in ("hits", "enters"):
            self._need_layer(rule.sentence, rule.cell, "immune")
            self._need_layer(rule.sentence, rule.other, "solid")
        if rule.verb == "secretes" and rule.other not in self.model.steady:
            near_by = nearest(rule.other, self.model.steady)
            remedy = f"declare it with Steady(...), or let the caller show it{near_by}"
            raise ModelError(f"{rule.sentence}: {rule.other} is no steady cytokine; {remedy}")
        if rule.verb in ("dies", "becomes") and rule.other:
            self._need_layer(rule.sentence, rule.other, own)
        if rule.verb == "dies" and own == "solid" and not rule.other:
            raise ModelError(f"{rule.sentence}: a solid cell stays in place; say what it becomes")
        if rule.into:
            self._need_layer(rule.sentence, rule.into, "solid")
        elif rule.verb == "divides" and own == "solid" and rule.expands < rule.rate:
            raise ModelError(f"{rule.sentence}: say into which type of voxel a daughter goes")

    def _check_traits(self, rule: Rule) -> None:
        """Traits moved by a rule are carried by the cell that it moves them in."""
        own = self.layer_of[rule.cell]
        if rule.verb in ("rises", "falls"):
            self._need_trait(rule.sentence, rule.other, own)
            if rule.other in self.model.inherited:
                raise ModelError(f"{rule.sentence}: an inherited trait stays what it is")
            if own == "solid" and rule.other not in self.raised:
                raise ModelError(f"{rule.sentence}: a solid cell's trait must be raised by hits")
        if rule.raises:
            self._need_trait(rule.sentence, rule.raises, "solid")
        for trait, _ in (*rule.daughters, *rule.counts):
            self._need_trait(rule.sentence, trait, "immune")
            self._need_layer(rule.sentence, rule.cell, "immune")
        bounded = [trait for trait, _ in rule.counts if self.model.traits[trait][1]]
        if bounded:
            raise ModelError(f"{rule.sentence}: {bounded[0]!r} counts divisions, so declare it bounded=False")

    def _check_signals(self, rule: Rule) -> None:
        """What a rule reads is there to be read."""
        own = self.layer_of[rule.cell]
        reader = "solid" if rule.verb == "enters" else own
        for modifier in rule.modifiers:
            self.model.speak(rule.sentence, modifier)
            self._check_signal(rule, modifier, reader)
        for modifier in rule.victim_modifiers:
            if modifier.signal.kind != "trait":
                raise ModelError(
                    f"{rule.sentence}: of a victim only traits are read, not {modifier.signal.name}"
                )
            self._need_trait(rule.sentence, modifier.signal.name, "solid")
        on_contact = own == "solid" and clock_of(rule, frozenset(self.raised), own) == "contact"
        if on_contact and any(modifier.signal.kind != "trait" for modifier in rule.modifiers):
            raise ModelError(f"{rule.sentence}: on the contact clock a victim's rules read its traits only")

    def _check_signal(self, rule: Rule, modifier: Modifier, reader: str) -> None:
        signal = modifier.signal
        if signal.kind == "trait":
            self._need_trait(rule.sentence, signal.name, reader)
        elif signal.kind == "engaged" and reader != "immune":
            raise ModelError(f"{rule.sentence}: only a cell of the immune layer can be engaged")
        elif signal.kind == "within":
            self._need_layer(rule.sentence, signal.name, "immune")
            reach_um = self.lattice.reach * self.lattice.voxel_um
            if signal.radius_um > reach_um:
                found = f"within {signal.radius_um:g} um of {signal.name}"
                raise ModelError(f"{rule.sentence}: {found}; at most {reach_um:g} um can be seen")
            if signal.weight:
                self._need_trait(rule.sentence, signal.weight, "immune")
