"""The section `pathology:` of a config: what is dealt, sampled and misread between tissue and endpoint.

None of it touches the tumour: the same tissue is read in another way.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from il2sim.models.config.part import Part
from il2sim.models.config.quantities import key, measure
from il2sim.models.config.values import OneOf, Whole, check_flag

_SIZE = "no source: foci that a clear section may have missed; the middle printed example"
_SAMPLING = "usual gross protocol: whole bed in 5-mm slices, one block per cm"
_CORE = "no source: cylinders 1.2 x 15 mm stand for 14G cores"
_ICC = "ICC of readers 0.683 (K52) at a total SD of 20 points; range from ICC 0.767 and 0.504"
_US = "r 0.845 of ultrasound with pathology (K51) at a true SD of 4 mm; CCC 0.71 (K50) would give 3.6"
_RVT = "no source: +-10 points"
_BIAS = "no source: an unmasked reader sees less tumour after the drug, 0-5 points"


class Pathology(Part):
    """How the tissue is read; each layer can be switched off, and what it gives is then absent."""

    nodes: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether each woman draws a positive node by chance, the same in all her arms; false is N0."""
    node_positive: Annotated[
        float,
        measure("1", "%", (0, 100), "pN+ of 10.75 % in HR-negative cT1N0 (K44)", "seen", sourced=(5, 20)),
    ] = 0.1075
    node_deposit_um: Annotated[
        float, measure("um", "mm", (0.2, 50), "no source: median of the largest deposit", "assumed")
    ] = key("node_deposit", 3000.0)
    node_deposit_spread: Annotated[
        float, measure("1", "1", (0, 3), "no source: SD of the log of the largest deposit", "assumed")
    ] = 0.7
    in_situ: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether a woman may have in-situ carcinoma, untouched by the drug; false leaves ypt0 out."""
    in_situ_share: Annotated[
        float, measure("1", "%", (0, 100), "no source: women with a DCIS component, 20 %", "assumed")
    ] = 0.20
    cores: Annotated[int, BeforeValidator(Whole(1, 20))] = 4
    """Core biopsies whose cellularity Miller-Payne compares with; assumed."""
    core_width_um: Annotated[float, measure("um", "mm", (0.3, 5), _CORE, "assumed")] = key(
        "core_width", 1200.0
    )
    core_length_um: Annotated[float, measure("um", "mm", (2, 40), _CORE, "assumed")] = key(
        "core_length", 15_000.0
    )
    core_aim: Annotated[
        float, measure("1", "%", (0, 50), "no source: how far off the centre, of the width", "assumed")
    ] = 0.25
    third_diameter: Annotated[
        Literal["geometric_mean", "minor"], BeforeValidator(OneOf(("geometric_mean", "minor")))
    ] = "geometric_mean"
    """The diameter of the ellipsoid that one plane does not show; assumed."""
    focus_miss: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether p_false_section_pcr is worked out: that a central section misses all viable foci."""
    foci: Annotated[int, BeforeValidator(Whole(1, 10_000))] = 10
    """Foci taken for left where the section shows none; assumed."""
    focus_radius_um: Annotated[float, measure("um", "mm", (0.01, 10), _SIZE, "assumed")] = key(
        "focus_radius", 500.0
    )
    sampling: Annotated[bool, BeforeValidator(check_flag)] = True
    """Whether p_detect_sampled is worked out: that the slides of a sampled bed show a focus."""
    slice_um: Annotated[float, measure("um", "mm", (0.5, 50), _SAMPLING, "assumed")] = key("slice", 5000.0)
    block_um: Annotated[float, measure("um", "mm", (2, 100), _SAMPLING, "assumed")] = key("block", 10_000.0)
    observer: Annotated[bool, BeforeValidator(check_flag)] = False
    """Whether keys ending in `_observed` say what readers would write down; true values stay beside them."""
    stil_error: Annotated[float, measure("1", "%", (0, 20), _ICC, "calculated")] = 0.113
    rvt_error: Annotated[float, measure("1", "%", (0, 30), _RVT, "assumed")] = 0.10
    width_error_um: Annotated[float, measure("um", "mm", (0, 10), _US, "calculated")] = key(
        "width_error", 2500.0
    )
    rvt_bias: Annotated[float, measure("1", "%", (0, 5), _BIAS, "assumed")] = 0.0
