"""The parameters of a class, declared once: what each means, its unit, and what is allowed.

A class that a configuration file can name holds one table, ``PARAMETERS``. From it come the checks in its constructor
(``read``), the messages, the table on its page, and what ``zpdgym list student NAME`` prints (``rows``). Defaults stand
in the constructor only.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, nearest, shown, unknown

LARGEST = 2**63 - 1
"""No whole number is larger: arrays hold no larger ones."""
EACH = ("skill", "item")
"""What there can be one number for each of."""

_WHY = {
    "probability": "it is a probability",
    "chance of recall": "it is a chance of recall",
    "belief": "it is a belief",
    "share": "it is a share",
    "logits": "it is in logits",
    "minutes": "it is in minutes",
    "days": "it is in days",
    "per day": "it is a rate per day",
    "lessons": "it counts lessons",
    "answers": "it counts answers",
}
"""What a message says of a unit where the parameter gives no reason of its own."""


@dataclass(frozen=True)
class Parameter:
    """What one parameter means. ``Parameter`` itself is for values that their class reads and checks on its own.

    Attributes:
        meaning: a sentence without a capital and a full stop, as a teacher would say it.
        allowed: the range in words, for tables; other kinds of parameters say it themselves.
        optional: whether None is allowed, and means what ``meaning`` says.
    """

    meaning: str
    allowed: str = field(default="", kw_only=True)
    optional: bool = field(default=False, kw_only=True)

    @property
    def range(self) -> str:
        """What is allowed, for people."""
        return self.allowed

    @property
    def unit_text(self) -> str:
        """The unit, for people."""
        return ""

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """The value as the class uses it; violations go to ``wrong``, and something allowed comes back instead."""
        return value


@dataclass(frozen=True)
class Number(Parameter):
    """A number in a range, or one for each skill or item.

    Attributes:
        low, high: the bounds.
        above, below: whether the bound itself is left out.
        whole: only whole numbers.
        unit: "probability", "logits", "minutes", …
        why: the reason for the bounds, in messages; by default it follows from the unit.
        each: "skill" or "item", where a list with one number for each is allowed too.
    """

    low: float = field(default=-math.inf, kw_only=True)
    high: float = field(default=math.inf, kw_only=True)
    above: bool = field(default=False, kw_only=True)
    below: bool = field(default=False, kw_only=True)
    whole: bool = field(default=False, kw_only=True)
    unit: str = field(default="", kw_only=True)
    why: str = field(default="", kw_only=True)
    each: str = field(default="", kw_only=True)

    @property
    def range(self) -> str:
        """The range as mathematicians write it."""
        if self.whole and self.high == math.inf:
            return f"{self.low:g} or more"
        left = "(" if self.above or self.low == -math.inf else "["
        low, high = (f"{b:,}" if self.whole and 10**6 <= abs(b) < math.inf else f"{b:g}" for b in (self.low, self.high))
        return f"{left}{low}, {high}{')' if self.below else ']'}".replace("inf", "∞")

    @property
    def unit_text(self) -> str:
        """The unit, and of what there may be one each."""
        return ", ".join(part for part in (self.unit, f"one, or one per {self.each}" if self.each else "") if part)

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """A float (an int if whole), or a float64 array with one number for each skill or item."""
        if not self.each:
            return self.one(value, name, wrong)
        count = sizes[self.each]
        values = _listed(value)
        if values is None:
            return np.full(count, self.one(value, name, wrong), np.float64)
        if len(values) != count:
            wrong.unless(False, f"{name} has {len(values)} numbers for {count} {self.each}s")
            return np.full(count, self._stand_in)
        return np.array([self.one(v, f"{name}[{n}]", wrong) for n, v in enumerate(values)], np.float64)

    def one(self, value: object, name: str, wrong: Violations) -> float | int:
        """One number that is checked."""
        number = number_of(value)
        good = number is not None and self._contains(number) and (not self.whole or number % 1 == 0)
        if not good:
            why = self.why or _WHY.get(self.unit, "")
            kind = "a whole number" if self.whole else "a number"
            within = f"of at least {self.low:g}" if self.whole and self.high == math.inf else f"in {self.range}"
            given = shown(value if number is None else number)
            wrong.unless(False, f"{name}={given} must be {kind} {within}" + f": {why}" * bool(why))
            number = self._stand_in
        return int(cast("float", number)) if self.whole else float(cast("float", number))

    def _contains(self, value: float) -> bool:
        if isinstance(value, int) and abs(value) > LARGEST:
            return False
        from_below = value > self.low if self.above else value >= self.low
        return from_below and (value < self.high if self.below else value <= self.high)

    @property
    def _stand_in(self) -> float:
        """What the class goes on with after a violation, so that all of them can be told together."""
        return self.low if math.isfinite(self.low) else self.high if math.isfinite(self.high) else 0.0


@dataclass(frozen=True)
class Numbers(Number):
    """A list of one or more numbers, each in the range.

    Attributes:
        most: how many there may be.
    """

    most: float = field(default=math.inf, kw_only=True)

    @property
    def unit_text(self) -> str:
        """The unit, and that it is a list of them."""
        return ", ".join(part for part in (self.unit, f"a list{self._length}") if part)

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> tuple[float, ...]:
        """The numbers; none of them where it is no such list."""
        values = _listed(value)
        if values is None or not 1 <= len(values) <= self.most:
            wrong.unless(False, f"{name}={shown(value)} must be a list{self._length or ' of'} numbers")
            return ()
        return tuple(self.one(v, f"{name}[{n}]", wrong) for n, v in enumerate(values))

    @property
    def _length(self) -> str:
        return "" if self.most == math.inf else f" of 1 to {self.most:g}"


def number_of(value: object) -> float | int | None:
    """The number that a value is, numpy's scalars among them; None: it is none, as a text or a truth value is none."""
    if isinstance(value, np.generic | np.ndarray) and np.ndim(cast("npt.ArrayLike", value)) == 0:
        value = cast("object", cast("np.generic", value).item())
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole_of(value: object) -> object:
    """A whole number that was written with a point or an exponent, as one: 1e5 is 100000. All else stays as it is."""
    number = number_of(value)
    return int(number) if isinstance(number, float) and number % 1 == 0 else value


def _listed(value: object) -> Sequence[object] | None:
    """The elements of a list of any kind; None: it is no list."""
    if isinstance(value, np.ndarray):
        return cast("Sequence[object]", value) if np.ndim(cast("npt.ArrayLike", value)) else None
    listed = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return cast("Sequence[object]", value) if listed else None


@dataclass(frozen=True)
class Choice(Parameter):
    """One of a few values, names as a rule."""

    options: Sequence[Any] = field(default=(), kw_only=True)

    @property
    def range(self) -> str:
        """The options."""
        return ", ".join(map(str, self.options))

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """The value, or the first option after a violation."""
        value = cast("object", value.item()) if isinstance(value, np.generic) else value
        good = any(type(value) is type(option) and value == option for option in self.options)
        near = nearest(value, map(str, self.options)) if isinstance(value, str) else None
        hint = f". Did you mean '{near}'?" if near else ""
        wrong.unless(good, f"{name}={shown(value)} must be one of {self.range}{hint}")
        return value if good else self.options[0]


@dataclass(frozen=True)
class Switch(Parameter):
    """True or false."""

    @property
    def range(self) -> str:
        """Both values as YAML writes them."""
        return "true, false"

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> bool:
        """The value, or False after a violation."""
        good = isinstance(value, bool | np.bool_)
        wrong.unless(good, f"{name}={shown(value)} must be true or false")
        return good and bool(cast("bool", value))


@dataclass(frozen=True)
class Text(Parameter):
    """A text that is not empty, on one line."""

    def read(self, value: object, name: str, wrong: Violations, sizes: Mapping[str, int]) -> str:
        """The text, or none of it after a violation."""
        good = isinstance(value, str) and bool(value) and value.replace("\t", " ").isprintable()
        wrong.unless(good, f"{name}={shown(value)} must be a text")
        return str(value) if good else ""


Table: TypeAlias = Mapping[str, Parameter]
"""The declared parameters of a class: ``PARAMETERS: ClassVar[Table] = {...}``, in the order in which people read it."""


def read(
    table: Table, given: Mapping[str, Any], wrong: Violations, *, skills: int = 0, items: int = 0, prefix: str = ""
) -> Any:
    """Check the arguments of a constructor against its table, and bring them into the form that it computes with.

    Args:
        table: the declared parameters.
        given: the arguments by name (``locals()`` at the top of a constructor); names without a parameter are ignored.
        wrong: where violations go; the caller adds what several parameters must hold together, and raises.
        skills: K, for parameters with one number per skill.
        items: M, for parameters with one number per item.
        prefix: what stands before the names where people type them, for messages: "cluster.".

    Returns:
        a namespace with every declared parameter.
    """
    sizes = {"skill": skills, "item": items}
    return SimpleNamespace(
        **{
            name: None
            if parameter.optional and given[name] is None
            else parameter.read(given[name], f"{prefix}{name}", wrong, sizes)
            for name, parameter in table.items()
        }
    )


def read_arguments(table: Table, given: Mapping[str, object], where: str) -> SimpleNamespace:
    """Check the arguments of a function against a table (``locals()`` at its top), as ``read`` does those of a class.

    Args:
        table: the declared arguments.
        given: by name.
        where: the function, for messages.

    Raises:
        InputError: all that is not allowed, in one line.
    """
    wrong = Violations(where)
    values = read(table, given, wrong)
    wrong.raise_any()
    return values


def read_section(table: Table, section: object, where: str, defaults: Mapping[str, object]) -> SimpleNamespace:
    """Check one section of a scenario, and bring its values into the form that is computed with.

    Args:
        table: the declared keys.
        section: what stands there.
        where: the section's key, for messages.
        defaults: what holds for keys that are not there; one without a default is None then.

    Raises:
        InputError: it is no section, a key is not declared (with the nearest one), or values that are not allowed.
    """
    if not isinstance(section, Mapping):
        raise InputError(f"{where}={shown(section)} must be a section of keys: {', '.join(table)}")
    for key in cast("Mapping[object, object]", section):
        if key not in table:
            raise unknown(f"key {where}.", str(key), table)
    given = {**dict.fromkeys(table), **defaults, **cast("Mapping[str, object]", section)}
    dotted = {f"{where}.{key}": declared for key, declared in table.items()}
    values = read_arguments(dotted, {f"{where}.{key}": value for key, value in given.items()}, "scenario")
    return SimpleNamespace(**{key: getattr(values, f"{where}.{key}") for key in table})


def must_be_keys(given: object, name: str, what: str) -> None:
    """Refuse what is no mapping from texts.

    Raises:
        InputError: it is something else.
    """
    keys = list(cast("Mapping[object, object]", given)) if isinstance(given, Mapping) else [None]
    if not all(isinstance(key, str) for key in keys):
        raise InputError(f"{name}={shown(cast('object', given))} must be a mapping, {what}")


class Row(NamedTuple):
    """One parameter as tables show it; every field is a text."""

    name: str
    default: str
    range: str
    unit: str
    meaning: str


def rows(target: Any, values: Mapping[str, Any] | None = None) -> Iterator[Row]:
    """The parameters of a class or function as tables show them.

    Args:
        target: a class with ``PARAMETERS``, in whose order they come; one without it tells names and defaults only.
        values: what a configuration file sets; the others show the default of the constructor.
    """
    table: Table = getattr(target, "PARAMETERS", {})
    arguments = inspect.signature(target).parameters
    own = [n for n, a in arguments.items() if a.kind not in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]
    # where there is a table, the other arguments come from elsewhere, such as the curriculum
    for name in [n for n in table if n in arguments] or own:
        value = (values or {}).get(name, arguments[name].default)
        declared = table.get(name) or Parameter("")
        yield Row(name, _text(value), declared.range, declared.unit_text, declared.meaning)


def _text(value: object) -> str:
    if value is inspect.Parameter.empty:
        return "needed"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return f"{value:g}".replace("inf", "∞")
    if isinstance(value, Mapping):
        return (
            ", ".join(f"{key}: {_text(inner)}" for key, inner in cast("Mapping[str, object]", value).items()) or "none"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, cast("Sequence[object]", value))) + "]"
    return str(value)


def markdown(target: Any, values: Mapping[str, Any] | None = None) -> str:
    """The table of a page."""
    lines = ["| parameter | default | range | unit | meaning |", "|---|---|---|---|---|"]
    for row in rows(target, values):
        cells = (f"`{row.name}`", *(text.replace("|", "\\|") for text in row[1:]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
