"""Parts of a config as objects of Python: a copy with other values is read by the rules of a file."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from il2sim.models.config.quantities import measure_of
from il2sim.models.config.reader import nearest, read_overrides
from il2sim.models.config.values import ConflictError, Found, describe, refusals
from il2sim.models.config.yaml_tree import ConfigError

FROZEN = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)
COPIED = "model_copy"
"""Where a value stands that was given to `model_copy`, as a file and its line are for others."""


def refusing(begin: Callable[..., None], section: str | None = None) -> Callable[..., None]:
    """The `__init__` of a model, with ConfigError and our sentences in place of pydantic's ValidationError.

    `section` is the name before the keys: "" of a whole config, None the name of the class.
    """

    def init(self: BaseModel, /, **values: object) -> None:
        try:
            begin(self, **values)
        except ValidationError as error:
            name = type(self).__name__.lower() if section is None else section
            raise ConfigError("\n".join(_line(name, *each) for each in refusals(error))) from None

    init.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # not to be called for a mapping
    return init


class Part(BaseModel):
    """A section of a config; ConfigError lists all that is wrong. `model_construct` and `model_validate` are
    pydantic's own: the one checks nothing, the other raises ValidationError.
    """

    model_config = FROZEN

    if not TYPE_CHECKING:  # to a checker the fields are the signature
        __init__ = refusing(BaseModel.__init__)

    @classmethod
    def __pydantic_init_subclass__(cls) -> None:  # type: ignore[override]  # no section takes class arguments
        """Note the default of each key with its quantity, as an example for whoever writes no quantity."""
        for field in cls.model_fields.values():
            kind = measure_of(field)
            if kind is not None and isinstance(field.default, float):
                kind.defaults.append(field.default)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with the fields of `update`, named as here or as in YAML; ConfigError lists what is wrong.

        A bare number is taken in the unit of its field (`width_um`).
        """
        if update is None:
            return super().model_copy(deep=deep)
        section = type(self).__name__.lower()
        given = fields_of(type(self), update, f"{section}.")
        values = {name: getattr(self, name) for name in self.model_fields_set} | given
        try:
            return type(self).model_validate(values)
        except ValidationError as error:
            lines = (f"{COPIED}: {_line(section, *each)}" for each in refusals(error))
            raise ConfigError("\n".join(lines)) from None


def fields_of(kind: type[BaseModel], update: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The update by the names of the fields; ConfigError for a name that is none, or stands there twice."""
    names = {str(field.validation_alias or name): name for name, field in kind.model_fields.items()}
    found: dict[str, Any] = {}
    for key, value in update.items():
        name = key if key in kind.model_fields else names.get(key)
        if name is None:
            raise ConfigError(f"{COPIED}: {where}{key}: unknown key; {nearest(str(key), names)}")
        if name in found:
            raise ConfigError(f"{COPIED}: {where}{name}: is given twice, by two of its names; leave one out")
        found[name] = value
    return found


def section_of(name: str, before: Part | None, value: object, kind: type[Part]) -> Part:
    """A section for a copy: itself, or a mapping of what is new in it. ConfigError for anything else."""
    if isinstance(value, kind):
        return value
    if isinstance(value, Mapping):
        return (before or kind.model_construct()).model_copy(update=value)
    found = f"a {type(value).__name__}" if isinstance(value, BaseModel) else describe(value)
    raise ConfigError(f"{COPIED}: {name}: {found} is no {kind.__name__} and no mapping")


def check_set(value: object, sections: Iterable[str]) -> dict[str, str]:
    """Overrides of parameters: names that are no keys of a section, each with a number and a known unit."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{describe(value)} is not a mapping, like {{'aicd.death_rate': '0.14 1/day'}}")
    found: Found = []
    texts: dict[str, str] = {}
    for name, text in value.items():
        section = str(name).partition(".")[0]
        if section in sections:
            found.append(((f"{name}",), f"belongs to the section '{section}:', not to the parameters"))
        elif isinstance(text, bool) or not isinstance(text, (str, int, float)):
            example = "write one, like '0.14 1/day'"
            found.append(((f"{name}",), f"{describe(text)} is not a quantity; {example}"))
        else:
            read = read_overrides([f"{name}={text}"], {"": ()}, {})
            found += [((f"{name}",), each.split(": ", 2)[-1]) for each in read.problems]
            texts |= {key: str(kept) for key, kept in read.values.items()}
    if found:
        raise ConflictError(found)
    return texts


def _line(section: str, keys: tuple[str, ...], sentence: str) -> str:
    is_whole = not section or keys[0].startswith(f"{section}.")
    return f"{keys[0] if is_whole else f'{section}.{keys[0]}'}: {sentence}"
