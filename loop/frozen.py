"""Values as frozen, slotted dataclasses whose construction costs little: every decision makes some forty of them.

A frozen dataclass of the standard library writes each field through `object.__setattr__`, which finds the field by its
name again each time. Here the constructor writes through the slots themselves: a value of eight fields takes a third of
the time. All else is the standard library's: `replace`, `fields`, `asdict`, equality, hash, and that nothing can be
written afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[Made]) -> type[Made]:
    """Make a class a frozen, slotted dataclass.

    Raises
    ------
    TypeError
        For what this constructor does not do: `__post_init__`, fields that are keyword-only or not in the constructor.
    """
    made = dataclass(frozen=True, slots=True)(cls)
    here = fields(made)  # type: ignore[arg-type]
    if hasattr(made, "__post_init__") or any(field.kw_only or not field.init for field in here):
        raise TypeError(f"{cls.__name__} is no plain value: make it a dataclass")
    made.__init__ = _constructor(made, here)  # type: ignore[method-assign]
    return made


def _constructor(made: type[Any], here: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return the constructor, written out field by field as `dataclasses` does it."""
    names: dict[str, Any] = {"MISSING": MISSING}
    signature, body = ["self"], []
    for field in here:
        name = field.name
        names[f"write_{name}"] = made.__dict__[name].__set__
        given = name
        if field.default is not MISSING:
            names[f"default_{name}"] = field.default
            signature.append(f"{name}=default_{name}")
        elif field.default_factory is not MISSING:
            names[f"factory_{name}"] = field.default_factory
            signature.append(f"{name}=MISSING")
            given = f"factory_{name}() if {name} is MISSING else {name}"
        else:
            signature.append(name)
        body.append(f"    write_{name}(self, {given})")
    source = f"def __init__({', '.join(signature)}):\n" + "\n".join(body or ["    pass"])
    exec(source, names)
    written: Callable[..., None] = names["__init__"]
    written.__qualname__ = f"{made.__qualname__}.__init__"
    return written
