"""Config values that cannot stand together (refused), and what a reader should know (run all the same)."""

import math
from collections.abc import Sequence

from il2sim.models.config.sections import Clocks, Patient, Schedule, Space
from il2sim.models.config.values import Found, spell
from il2sim.models.drug.dose_rule import (
    LEAST_INJECTABLE_UL,
    MOST_INJECTABLE_ML,
    Dose,
    course_doses,
    injected_volume_ul,
    tumour_volume_mm3,
)
from il2sim.models.drug.geometries.registry import geometry_of
from il2sim.models.drug.geometries.technique import KEYS
from il2sim.models.trial.eligibility import meaning, width_codes

MOST_VOXELS = 2.5e8
"""Lattice that still fits a workstation: some 20 bytes a voxel."""
SHARED_DAYS = (
    42.0  # six weeks, the longest usual wait for surgery (assumed); longer runs lay a lattice of their own
)
COARSEST_UM = 20.0  # of space.voxel: see its range
SURGERY_MEDIAN_DAYS = 31.0  # diagnosis to surgery, seen: median of a Korean series (range 8-78)
NARROWEST_MEASURED_MM = 1.0  # a cap reached by any tumour one can measure makes a flat dose
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


def planned_doses(patient: Patient, schedule: Schedule) -> tuple[Dose, ...]:
    """The doses of the injections given, should the tumour keep its width."""
    swelling = schedule.swelling if schedule.remeasure else 0.0
    return course_doses(patient.width_um / 1e3, schedule.rule, len(schedule.given), swelling)


def injection_conflicts(patient: Patient, schedule: Schedule, clocks: Clocks, side_um: float) -> Found:
    """Keys and sentences of injections that cannot be given, or contradict themselves."""
    found = [*_which_visits(schedule), *_width_rules(schedule)]
    if schedule.off_centre_um > side_um / 2:
        needle, reach = f"{schedule.off_centre_um / 1e3:g} mm", f"{side_um / 2e3:g} mm"
        sentence = f"the needle, {needle} from the centre, is outside the lattice; up to {reach} is allowed"
        found.append((("schedule.off_centre", "space.lattice", "space.margin", "patient.width"), sentence))
    return found + (_volume(patient, schedule, clocks) if schedule.given else [])


def remarks(patient: Patient, schedule: Schedule, mechanisms: Sequence[str]) -> tuple[str, ...]:
    """Sentences for the report; none of them stops a run."""
    width_mm = patient.width_um / 1e3
    of_width = [
        f"patient.width: {width_mm:g} mm fails {code} of the eligibility: {meaning(code)}"
        for code in width_codes(width_mm)
    ]
    doses = planned_doses(patient, schedule)
    of_dose = (
        *_saline(schedule, doses, mechanisms),
        *_cap(schedule, doses),
        *_fluid(width_mm, schedule, doses),
    )
    of_course = *_unused(schedule), *_no_biopsy(schedule, mechanisms)
    return (*_long_wait(schedule), *of_width, *_desert(patient), *of_dose, *of_course)


def wait_days(schedule: Schedule) -> float:
    """Days from biopsy to surgery."""
    return schedule.biopsy_days_before + schedule.surgery_day


def _desert(patient: Patient) -> Sequence[str]:
    if patient.phenotype != "desert":
        return ()
    stil = spell(float(f"{100 * patient.stil:.12g}"), "%")
    return [
        f"patient.phenotype: cells enter the nests of a desert as those of an excluded tumour; how few there "
        f"are is said by patient.stil, {stil} here"
    ]


def _which_visits(schedule: Schedule) -> Found:
    planned, found = len(schedule.days), Found()
    beyond = [visit for visit in schedule.missed if visit > planned]
    left = planned - len([visit for visit in schedule.missed if visit <= planned])
    if beyond:
        sentence = f"injection {beyond[0]} is beyond the {planned} injections of schedule.days"
        found.append((("schedule.missed", "schedule.days"), sentence))
    elif left == 0:
        sentence = "every injection is missed; for a run without drug set schedule.dose to '0 MIU/mm'"
        found.append((("schedule.missed", "schedule.days"), sentence))
    elif schedule.stop_after is not None and schedule.stop_after > left:
        sentence = f"{schedule.stop_after} injections cannot be given; {left} of {planned} are not missed"
        found.append((("schedule.stop_after", "schedule.missed", "schedule.days"), sentence))
    return found


def _width_rules(schedule: Schedule) -> Found:
    found: Found = []
    if schedule.swelling > 0 and not schedule.remeasure:
        share = spell(float(f"{100 * schedule.swelling:.12g}"), "%")
        sentence = f"swelling of {share} is never seen without measuring again; set remeasure to true"
        found.append((("schedule.swelling", "schedule.remeasure"), sentence))
    if schedule.remeasure and schedule.dose_is == "per_course":
        sentence = "a dose per course is fixed before the first dose; remeasuring needs dose_is: per_visit"
        found.append((("schedule.remeasure", "schedule.dose_is"), sentence))
    return found


def _volume(patient: Patient, schedule: Schedule, clocks: Clocks) -> Found:
    """At most what a lesion takes, and in less time than the immune cells' clock, as it goes in at once."""
    largest_iu = max(dose.dose_iu for dose in planned_doses(patient, schedule))
    volume_ml = injected_volume_ul(largest_iu, schedule.concentration_iu_ml) / 1e3
    minutes, tick_min = volume_ml / schedule.rate_ml_min, clocks.tick_min * clocks.immune_ticks
    found: Found = []
    if volume_ml > MOST_INJECTABLE_ML:
        what = f"{largest_iu / 1e6:.4g} MIU at {schedule.concentration_iu_ml / 1e6:.4g} MIU/mL"
        sentence = (
            f"an injection's {what} is {volume_ml:.3g} mL; at most {MOST_INJECTABLE_ML:g} mL can be injected"
        )
        keys = ("schedule.dose", "schedule.concentration", "schedule.cap", "patient.width")
        found.append((keys, f"{sentence} (assumed)"))
    elif minutes > tick_min:
        how = f"{volume_ml:.3g} mL at {schedule.rate_ml_min:g} mL/min takes {minutes:.3g} min"
        sentence = (
            f"{how}; the model injects at once, so at most one immune tick of {tick_min:g} min is allowed"
        )
        found.append((("schedule.rate", "schedule.dose", "clocks.tick", "clocks.immune_ticks"), sentence))
    return found


def _long_wait(schedule: Schedule) -> Sequence[str]:
    days = wait_days(schedule)
    if days <= schedule.window_days:
        return []
    return [
        f"schedule.surgery_day: biopsy to surgery takes {days:g} days, with the biopsy "
        f"{schedule.biopsy_days_before} days before the first injection (assumed), beyond the "
        f"window of {schedule.window_days:g} days (median {SURGERY_MEDIAN_DAYS:g})"
    ]


def _saline(schedule: Schedule, doses: tuple[Dose, ...], mechanisms: Sequence[str]) -> Sequence[str]:
    if not (schedule.saline and doses[0].dose_iu > 0.0):
        return []
    fluid = "schedule.saline: every injection gives the volume of this dose as saline, without IL-2"
    if {"trauma", "oedema"} & set(mechanisms):
        return [fluid]
    return [f"{fluid}; without 'trauma' or 'oedema' among the mechanisms it leaves no trace"]


def _cap(schedule: Schedule, doses: tuple[Dose, ...]) -> Sequence[str]:
    cap = f"{schedule.cap_iu / 1e6:g} MIU"
    if not any(dose.is_capped for dose in doses):
        return []
    from_mm = schedule.cap_iu / schedule.dose_iu_per_mm
    if from_mm < NARROWEST_MEASURED_MM:
        return [f"schedule.dose: the rule gives a flat {cap} to every tumour from {from_mm:g} mm of width"]
    return [f"schedule.cap: the dose is held at its cap of {cap}"]


def _unused(schedule: Schedule) -> Sequence[str]:
    """Keys that differ from their defaults and that the geometry is not computed from."""
    geometry, technique = geometry_of(schedule.geometry), schedule.technique
    why = {key: f"the geometry is {schedule.geometry}" for key in KEYS if key not in geometry.keys}
    if geometry.symmetry(technique) == "centre":  # wherever the needle is
        why["off_centre"] = "the whole dose goes to shells about the centre"
    return [
        f"schedule.{key}: changes nothing, because {why[key]}"
        for key, name in KEYS.items()
        if key in why and getattr(schedule, name) != Schedule.model_fields[name].default
    ]


def _no_biopsy(schedule: Schedule, mechanisms: Sequence[str]) -> Sequence[str]:
    if "biopsy" in mechanisms or schedule.biopsy == Schedule.model_fields["biopsy"].default:
        return []
    return ["schedule.biopsy: changes nothing, because 'biopsy' is not among the mechanisms"]


def _fluid(width_mm: float, schedule: Schedule, doses: tuple[Dose, ...]) -> Sequence[str]:
    volume_ul = injected_volume_ul(max(dose.dose_iu for dose in doses), schedule.concentration_iu_ml)
    tumour_mm3 = tumour_volume_mm3(width_mm)
    if volume_ul > tumour_mm3:
        return [
            f"schedule.dose: an injection's {volume_ul / 1e3:.3g} mL is {volume_ul / tumour_mm3:.3g} times "
            "the volume of the tumour; the drug lies around it at once"
        ]
    if 0.0 < volume_ul < LEAST_INJECTABLE_UL:
        return [
            f"schedule.dose: an injection's {volume_ul:.3g} uL is less than the {LEAST_INJECTABLE_UL:g} uL a "
            "syringe can measure (assumed); lower schedule.concentration"
        ]
    return []
