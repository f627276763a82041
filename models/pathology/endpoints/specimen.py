"""What endpoints are read from: the outlined tissue of one virtual patient, and what they share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from il2sim.models.config.sections import Pathology
from il2sim.models.pathology.core_biopsy import core_aims, core_cellularity, core_masks
from il2sim.models.pathology.morphology import Mask, feret_diameters_mm
from il2sim.models.pathology.patient_draws import Errors, Nodes, draw_in_situ, draw_nodes, observed
from il2sim.models.pathology.rcb import rcb
from il2sim.models.pathology.residual_foci import Foci, assumed_foci, found_foci
from il2sim.models.pathology.section_reading import Pair, Reading, imaging_mask, rvt_percent, voxels_of


def _as_seen(width_um: float) -> float:
    return 1.0


@dataclass(frozen=True)
class Case:
    """Whose tissue it is: the patient's seed, how it is read, whether IL-2 was given, the factor by which
    fluid widens a lesion of so many um on imaging at surgery, and whether a biopsy may have taken all of it.
    """

    seed: int
    settings: Pathology = Pathology()
    is_drug: bool = True
    width_factor: Callable[[float], float] = _as_seen
    may_be_emptied: bool = False
    is_axial: bool = False  # the dose lies about a line through the centre, not about the centre
    outside_stil: tuple[str, ...] = ()  # immune cells that are no TIL


@dataclass(frozen=True)
class Diameters:
    """The two diameters, mm, of one outline on day 0 and at surgery."""

    before: tuple[float, float]
    after: tuple[float, float]


@dataclass(frozen=True)
class Specimen:
    """One tumour on day 0 and at surgery, with all that an endpoint may be computed from.

    What is worked out here is worked out once, however many endpoints use it.
    """

    pair: Pair
    case: Case

    @cached_property
    def nodes(self) -> Nodes:
        """The patient's lymph nodes; none positive where the layer is off."""
        at = self.case.settings
        if not at.nodes:
            return Nodes()
        deposit_mm = at.node_deposit_um / 1000
        return draw_nodes(self.case.seed, at.node_positive, deposit_mm, at.node_deposit_spread)

    @cached_property
    def in_situ(self) -> bool | None:
        """Whether there is in-situ carcinoma; None where the layer is off."""
        settings = self.case.settings
        return draw_in_situ(self.case.seed, settings.in_situ_share) if settings.in_situ else None

    @cached_property
    def has_viable(self) -> bool:
        """Whether any viable tumour is left in the whole tissue."""
        return bool(self.pair.whole.viable.any())

    @cached_property
    def shows_viable(self) -> bool:
        """Whether any is left on the central section."""
        return bool(self.pair.end.viable.any())

    @cached_property
    def rvt_percent(self) -> float:
        """%irRVT of the central section at surgery."""
        return rvt_percent(self.pair.end.region, self.pair.end.bed)

    @cached_property
    def stil_percent(self) -> float | None:
        """Share of the stroma in the bed that immune cells cover; None without stroma."""
        whole = self.pair.whole
        stroma = voxels_of(whole.tissue, "stroma") & whole.bed
        return 100 * float(self.til[stroma].mean()) if stroma.any() else None

    @cached_property
    def til(self) -> Mask:
        """Where an immune cell lies that counts as TIL, at surgery."""
        tissue = self.pair.whole.tissue
        found: Mask = tissue.immune != 0
        for name in self.case.outside_stil:
            found &= ~voxels_of(tissue, name)
        return found

    @cached_property
    def rcb_before(self) -> float:
        """RCB index of the section of day 0."""
        return self._section_rcb(self.pair.start)

    @cached_property
    def rcb_after(self) -> float:
        """RCB index of the section at surgery."""
        return self._section_rcb(self.pair.end)

    @cached_property
    def cells(self) -> dict[str, int]:
        """Immune cells in the bed at surgery, by kind."""
        whole = self.pair.whole
        kinds = whole.tissue.immune_names[1:]
        return {name: int((voxels_of(whole.tissue, name) & whole.bed).sum()) for name in kinds}

    @cached_property
    def cores(self) -> float | None:
        """Cellularity, 0 to 1, of simulated core biopsies of day 0; None where they met no bed."""
        start, settings = self.pair.start, self.case.settings
        voxel_um = start.tissue.voxel_um
        tumour_um = 1000 * feret_diameters_mm(start.bed, voxel_um)[0]
        aims = core_aims(self.case.seed, settings.cores, settings.core_aim * tumour_um)
        size_um = (settings.core_width_um, settings.core_length_um)
        return core_cellularity(start.viable, start.bed, core_masks(start.bed.shape, voxel_um, size_um, aims))

    @cached_property
    def viable_mm(self) -> Diameters:
        """Diameters of the viable tumour on the section."""
        before, after = self.pair.start, self.pair.end
        voxel_um = after.tissue.voxel_um
        return Diameters(
            feret_diameters_mm(before.viable, voxel_um), feret_diameters_mm(after.viable, voxel_um)
        )

    @cached_property
    def imaging_mm(self) -> Diameters:
        """Diameters of the lesion on imaging; fluid widens it at surgery."""
        voxel_um = self.pair.end.tissue.voxel_um
        before, (longest, across) = (
            feret_diameters_mm(imaging_mask(each), voxel_um) for each in (self.pair.start, self.pair.end)
        )
        factor = self.case.width_factor(1e3 * longest)
        return Diameters(before, (longest * factor, across * factor))

    @cached_property
    def foci(self) -> Foci:
        """Foci of viable tumour: those in view, or on a clear section those that the settings take for left.

        A volume holds all there is; if that is nothing, there is no focus.
        """
        whole, settings = self.pair.whole, self.case.settings
        voxel_um = whole.tissue.voxel_um
        reach_mm = math.sqrt(math.prod(feret_diameters_mm(self.pair.end.bed, voxel_um))) / 2
        if self.has_viable or whole.viable.ndim == 3:
            return found_foci(whole.region, reach_mm, voxel_um)
        return assumed_foci(reach_mm, settings.foci, settings.focus_radius_um / 1000)

    @cached_property
    def observed(self) -> dict[str, float | bool | str]:
        """What readers write down, by key; nobody is biased by a drug that was not given."""
        settings = self.case.settings
        if not settings.observer:
            return {}
        bias = 100 * settings.rvt_bias if self.case.is_drug else 0.0
        errors = Errors(
            100 * settings.stil_error, 100 * settings.rvt_error, settings.width_error_um / 1000, bias
        )
        true = {"rvt_percent": self.rvt_percent}
        if self.stil_percent is not None:
            true["stil_percent"] = self.stil_percent
        widths_mm = self.imaging_mm.before[0], self.imaging_mm.after[0]
        return observed(true, widths_mm, errors, self.case.seed)

    def _section_rcb(self, section: Reading) -> float:
        """RCB of a section: calipers of the bed, viable cells over it, and the patient's nodes, which were
        there from the start.
        """
        d1_mm, d2_mm = feret_diameters_mm(section.bed, section.tissue.voxel_um)
        percent = 100 * int(section.viable.sum()) / int(section.bed.sum())
        return rcb(d1_mm, d2_mm, percent, 0.0, self.nodes.positive, d_met_mm=self.nodes.deposit_mm)
