"""The modules that declare mechanisms, imported when a model is built: the package's own and others."""

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from types import ModuleType

from il2sim.models.config.mechanisms import mechanism_files, module_of
from il2sim.models.config.outside_mechanisms import (
    Outside,
    OutsideError,
    file_of,
    name_of,
    outside_of,
    point_of,
    source_of,
)
from il2sim.sim.language.model import Model, ModelError


class DeclarationError(ModelError):
    """A module that does not declare as a mechanism must."""


def module_for(mechanism: str) -> ModuleType:
    """The module of a mechanism, as a config or a person names it. OutsideError where there is none any more,
    or its content is another one; whatever else is raised is the module's own mistake.
    """
    outside = outside_of(mechanism)
    if outside is None and mechanism in mechanism_files():
        return import_module(module_of(mechanism))
    if outside is None or not outside.file:
        if outside is not None:
            file_of(outside)
        return import_module(point_of(name_of(mechanism)).module)
    return _of_file(outside)


def _of_file(outside: Outside) -> ModuleType:
    """A file as a module of its own, once for each content: what is run is what was hashed."""
    known = f"il2sim_outside_{outside.name}_{outside.content}"
    file = file_of(outside)
    found = sys.modules.get(known)
    if found is not None and found.__file__ == file:
        return found
    module = ModuleType(known)
    module.__file__ = file
    code = compile(source_of(file), file, "exec", dont_inherit=True)
    sys.modules[known] = module  # dataclasses and pickles look themselves up
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[known]
        raise
    return module


def declaration_of(mechanism: str) -> Callable[[Model], None]:
    """The function `declare` of a mechanism. DeclarationError where there is none that takes a model."""
    try:
        found: Callable[[Model], None] | None = getattr(module_for(mechanism), "declare", None)
    except OutsideError as error:
        raise ModelError(str(error)) from None
    if not callable(found):
        raise DeclarationError("has no function `declare`: write `def declare(m: Model) -> None:`")
    if len(signature(found).parameters) != 1:
        raise DeclarationError(
            "declare takes the model and nothing else: write `def declare(m: Model) -> None:`"
        )
    return found
