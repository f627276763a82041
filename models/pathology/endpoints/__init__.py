"""Endpoints of a run, each declared once: key, label, unit, meaning and the function that reads it.

A new endpoint is a function under `@endpoint(...)` in a file of this folder, old or new. The panel of a run,
the columns of `runs.parquet`, the report and `docs/endpoints.md` read the registry.
"""

from il2sim.models.pathology.endpoints.panel import panel, score
from il2sim.models.pathology.endpoints.registry import Endpoint, EndpointError, declared, endpoint
from il2sim.models.pathology.endpoints.specimen import Case, Specimen

__all__ = ["Case", "Endpoint", "EndpointError", "Specimen", "declared", "endpoint", "panel", "score"]
