"""Config values that cannot stand together: tissue, lattice, clocks, days, mechanisms. All of it refused."""

import math
from collections.abc import Sequence

from il2sim.models.config.injection_checks import injection_conflicts
from il2sim.models.config.sections import Clocks, Patient, Schedule, Space
from il2sim.models.config.values import Found

MOST_VOXELS = 2.5e8
"""Lattice that still fits a workstation: some 20 bytes a voxel."""
SHARED_DAYS = (
    42.0  # six weeks, the longest usual wait for surgery (assumed); longer runs lay a lattice of their own
)
COARSEST_UM = 20.0  # of space.voxel: see its range
_NEEDS = {"systemic": ("il2", "body"), "leak": ("il2",)}  # whose level or signal a response follows


def conflicts(
    space: Space, patient: Patient, schedule: Schedule, clocks: Clocks, mechanisms: Sequence[str]
) -> Found:
    """Keys and sentences of everything that cannot stand together."""
    side = side_um(space, patient, schedule, mechanisms)
    return [
        *_mechanisms(mechanisms, schedule),
        *_room(space, side, patient),
        *_infiltrate(patient),
        *_ticks(clocks),
        *_visits(schedule, clocks),
        *injection_conflicts(patient, schedule, clocks, side),
    ]


def side_um(space: Space, patient: Patient, schedule: Schedule, mechanisms: Sequence[str]) -> float:
    """Side of the lattice: as given, or the tumour and two margins, of which growth may take half.

    Growth is that without drug until surgery, six weeks at least: arms that differ in surgery up to then
    share a tumour. Longer runs keep both margins beyond it, as chance spreads tumours with time.
    """
    if space.lattice_um:
        return space.lattice_um
    lead = schedule.biopsy_days_before if "biopsy" in mechanisms else 0
    days = max(schedule.surgery_day + lead, SHARED_DAYS)
    grown_um = patient.width_um * math.exp2(days * 24.0 / patient.doubling_time_h / 3.0)
    margins = 1.0 if days == SHARED_DAYS else 2.0
    return max(patient.width_um + 2.0 * space.margin_um, grown_um + margins * space.margin_um)


def _mechanisms(mechanisms: Sequence[str], schedule: Schedule) -> Found:
    """A response without what it follows; one number said twice."""
    found: Found = []
    for name in (each for each in _NEEDS if each in mechanisms):
        missing = [f"'{each}'" for each in _NEEDS[name] if each not in mechanisms]
        if missing:
            absent = " and ".join(missing)
            sentence = f"{name!r} follows {absent}: add {absent} to mechanisms, or leave {name!r} out"
            found.append((("mechanisms",), sentence))
    if "oedema" in mechanisms and schedule.swelling > 0:
        sentence = "the mechanism 'oedema' works out the swelling; leave schedule.swelling or 'oedema' out"
        found.append((("schedule.swelling", "mechanisms"), sentence))
    return found


def _room(space: Space, side: float, patient: Patient) -> Found:
    voxels = (side / space.voxel_um) ** space.dimensions
    found: Found = []
    if side < patient.width_um:
        width, lattice = f"{patient.width_um / 1000:g} mm", f"{side / 1000:g} mm"
        found.append(
            (
                ("patient.width", "space.lattice"),
                f"{width} is wider than the lattice of {lattice}; leave space.lattice out",
            )
        )
    if voxels > MOST_VOXELS:
        keys = ("space.lattice",) if space.lattice_um else ("patient.width", "space.margin")
        found.append(((*keys, "space.dimensions"), _too_many(space, voxels)))
    if space.field_voxel_um % space.voxel_um:
        sizes = f"{space.field_voxel_um:g} um is no whole number of voxels of {space.voxel_um:g} um"
        found.append((("space.field_voxel", "space.voxel"), sizes))
    return found


def _too_many(space: Space, voxels: float) -> str:
    fits_mm = math.floor(MOST_VOXELS ** (1 / space.dimensions) * space.voxel_um / 100) / 10
    what = "lattice" if space.lattice_um else "tumour and its room to grow"
    coarser = f", or space.voxel to up to {COARSEST_UM:g} um" if space.voxel_um < COARSEST_UM else ""
    return (
        f"the lattice would have {voxels:.2g} voxels; at most {MOST_VOXELS:.2g} are allowed: make the {what} "
        f"at most {fits_mm:g} mm wide, or set space.dimensions to 2{coarser}"
    )


def _infiltrate(patient: Patient) -> Found:
    total = patient.cd8_share * (1 + 1 / patient.cd8_treg_ratio) + patient.th_share
    if total <= 1 + 1e-12:
        return []
    shares = f"CD8, Treg (CD8 / {patient.cd8_treg_ratio:g}) and Th make {100 * total:.3g} % of the infiltrate"
    return [
        (
            ("patient.cd8_share", "patient.cd8_treg_ratio", "patient.th_share"),
            f"{shares}; at most 100 % is allowed",
        )
    ]


def _ticks(clocks: Clocks) -> Found:
    found: Found = []
    if 360 % clocks.tick_min:
        found.append(
            (("clocks.tick",), f"{clocks.tick_min:g} min does not divide 6 h, the step of the series")
        )
    if clocks.contact_min > clocks.tick_min:
        times = f"{clocks.contact_min:g} min is longer than the tick of {clocks.tick_min:g} min"
        found.append((("clocks.contact", "clocks.tick"), times))
    return found


def _visits(schedule: Schedule, clocks: Clocks) -> Found:
    late = [day for day in schedule.days if day >= schedule.surgery_day]
    found: Found = []
    if late:
        day = f"day {late[0]:g} is not before surgery on day {schedule.surgery_day:g}"
        found.append((("schedule.days", "schedule.surgery_day"), f"{day}; every injection comes earlier"))
    steps = {
        "schedule.days": (schedule.days, "immune steps", clocks.tick_min * clocks.immune_ticks),
        "schedule.surgery_day": ((schedule.surgery_day,), "ticks", clocks.tick_min),
    }
    for key, (days, what, minutes) in steps.items():
        off = [day for day in days if (1440 * day) % minutes]
        if off:
            found.append(
                ((key, "clocks.tick"), f"day {off[0]:g} falls between two {what} of {minutes:g} min")
            )
    return found
