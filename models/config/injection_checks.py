"""What values of the injections cannot stand together (refused), and what a reader should know (run)."""

from collections.abc import Sequence

from il2sim.models.config.sections import Clocks, Patient, Schedule
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

SURGERY_MEDIAN_DAYS = 31.0  # diagnosis to surgery, seen: median of a Korean series (range 8-78)
NARROWEST_MEASURED_MM = 1.0  # a cap reached by any tumour one can measure makes a flat dose


def planned_doses(patient: Patient, schedule: Schedule) -> tuple[Dose, ...]:
    """The doses of the visits given, should the tumour keep its width."""
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
        sentence = f"visit {beyond[0]} is beyond the {planned} visits of schedule.days"
        found.append((("schedule.missed", "schedule.days"), sentence))
    elif left == 0:
        sentence = "every visit is missed; for a run without drug set schedule.dose to '0 MIU/mm'"
        found.append((("schedule.missed", "schedule.days"), sentence))
    elif schedule.stop_after is not None and schedule.stop_after > left:
        sentence = f"{schedule.stop_after} visits cannot be given; {left} of {planned} are not missed"
        found.append((("schedule.stop_after", "schedule.missed", "schedule.days"), sentence))
    return found


def _width_rules(schedule: Schedule) -> Found:
    found: Found = []
    if schedule.swelling > 0 and not schedule.remeasure:
        share = spell(float(f"{100 * schedule.swelling:.12g}"), "%")
        sentence = f"swelling of {share} is never seen without measuring again; set remeasure to true"
        found.append((("schedule.swelling", "schedule.remeasure"), sentence))
    if schedule.remeasure and schedule.dose_is == "per_course":
        sentence = "a dose per course is fixed before the first visit; remeasuring needs dose_is: per_visit"
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
            f"a visit's {what} is {volume_ml:.3g} mL; at most {MOST_INJECTABLE_ML:g} mL can be injected"
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
    fluid = "schedule.saline: every visit injects the volume of this dose as saline, without IL-2"
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
            f"schedule.dose: a visit's {volume_ul / 1e3:.3g} mL is {volume_ul / tumour_mm3:.3g} times the "
            "volume of the tumour; the drug lies around it at once"
        ]
    if 0.0 < volume_ul < LEAST_INJECTABLE_UL:
        return [
            f"schedule.dose: a visit's {volume_ul:.3g} uL is less than the {LEAST_INJECTABLE_UL:g} uL a "
            "syringe can measure (assumed); lower schedule.concentration"
        ]
    return []
