"""The one reader of YAML files: plain values, within bounds, and nothing that reads otherwise than it looks."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, TypeAlias

import yaml
from yaml import events
from zpdgym.errors import InputError

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
MOST_BYTES = 8 * 2**20
MOST_VALUES = 200_000
MOST_REPEATED = 10_000
"""How many values all references (``*name``) of a file may repeat together."""
DEEPEST = 40
_NULL, _BOOL, _INT, _FLOAT, _MERGE, _DATE = (
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "merge", "timestamp")
)
_PARSER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Scalars(yaml.SafeLoader):
    """What a bare word means; as in Hydra a date is a text, and 1e-3 is a number; 1e3 may be the name of a skill."""


_Scalars.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != _DATE]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Scalars.add_implicit_resolver(_FLOAT, re.compile(r"[-+]?[0-9][0-9_]*[eE][-+][0-9]+\Z"), list("-+0123456789"))


def read_yaml_file(path: Path) -> Value:
    """What a YAML file holds.

    Raises:
        InputError: it cannot be read, is larger or deeper than any file of ours can be, repeats itself too often or
            without end, has a key twice, a tag, something to be looked up elsewhere (``${…}``), or a value that YAML
            reads otherwise than it looks (1:30 is 90 there). The line is named.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(f"{path}: has more than {MOST_BYTES // 2**20} MB; a YAML file of zpdgym is smaller")
    try:
        return _Reader(data.decode("utf-8-sig"), path).document()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error


class _Reader:
    """Makes values of what the parser sees, event by event, so that every bound holds before anything is made."""

    def __init__(self, text: str, path: Path) -> None:
        self.path, self.events = path, _events(text)
        self.scalars = _Scalars("")
        self.values = self.repeated = 0
        self.anchors: dict[str, tuple[Value, int] | None] = {}

    def document(self) -> Value:
        next(self.events)
        event = next(self.events)
        if isinstance(event, events.StreamEndEvent):
            return None
        value = self._value(next(self.events), 1)
        next(self.events)
        event = next(self.events)
        if not isinstance(event, events.StreamEndEvent):
            self._refuse(event, "a second document begins here; a file holds one")
        return value

    def _refuse(self, event: events.Event, why: str) -> NoReturn:
        raise InputError(f"{self.path}, line {event.start_mark.line + 1}: {why}")

    def _value(self, event: events.Event, depth: int) -> Value:
        if isinstance(event, events.AliasEvent):
            return self._repeat(event, depth)
        assert isinstance(event, events.ScalarEvent | events.CollectionStartEvent)
        if event.tag is not None:
            self._refuse(event, f"the tag {event.tag} is not allowed: write the plain value")
        if depth > DEEPEST:
            self._refuse(event, f"is nested deeper than {DEEPEST} levels")
        before = self.values
        self.values += 1
        if self.values > MOST_VALUES:
            self._refuse(event, f"holds more than {MOST_VALUES:,} values")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, events.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
            value: Value = [self._value(inner, depth + 1) for inner in self._until(events.SequenceEndEvent)]
        else:
            value = self._mapping(depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = value, self.values - before
        return value

    def _until(self, end: type[events.Event]) -> Iterator[events.Event]:
        while not isinstance(event := next(self.events), end):
            yield event

    def _mapping(self, depth: int) -> dict[str, Value]:
        own, merged = dict[str, Value](), dict[str, Value]()
        seen = set[str]()
        for event in self._until(events.MappingEndEvent):
            key = self._key(event)
            if key in seen:
                self._refuse(event, f"the key '{key}' is there twice")
            seen.add(key)
            inner = next(self.events)
            value = self._value(inner, depth + 1)
            if key != "<<" or not isinstance(event, events.ScalarEvent) or event.style:
                own[key] = value
                continue
            for section in reversed(value if isinstance(value, list) else [value]):
                if not isinstance(section, dict):
                    self._refuse(inner, "<< must name keys and values")
                merged.update(section)
        return {**merged, **own}

    def _key(self, event: events.Event) -> str:
        if not isinstance(event, events.ScalarEvent) or event.tag is not None or event.anchor is not None:
            self._refuse(event, "a key must be a plain text")
        key = event.value if self._tag(event) == _MERGE else self._scalar(event)
        if not isinstance(key, str):
            read = "a number" if isinstance(key, int | float) and not isinstance(key, bool) else key
            self._refuse(event, f"the key {event.value or 'that is empty'} is read as {read}: put it in quotes")
        return key

    def _tag(self, event: events.ScalarEvent) -> str:
        return self.scalars.resolve(yaml.ScalarNode, event.value, (not event.style, bool(event.style)))

    def _scalar(self, event: events.ScalarEvent) -> Value:
        text, tag = event.value, self._tag(event)
        if "${" in text:
            self._refuse(event, f"{_short(text)}: nothing is looked up in a file: write the value itself")
        node = yaml.ScalarNode(tag, text)
        if tag == _NULL:
            return None
        if tag == _BOOL:
            return self.scalars.construct_yaml_bool(node)
        if tag not in (_INT, _FLOAT):
            return text
        if ":" in text:
            self._refuse(event, f"{text} is read as a number to the base of 60: write the number, or put it in quotes")
        digits = text.lstrip("+-").replace("_", "")
        if tag == _INT and len(digits) > 1 and digits.isdecimal() and digits[0] == "0":
            self._refuse(event, f"{_short(text)} is read to the base of 8: write it without the 0, or put it in quotes")
        if len(text) > 400:
            self._refuse(event, f"{_short(text)} has too many digits")
        if tag == _INT:
            return self.scalars.construct_yaml_int(node)
        value = self.scalars.construct_yaml_float(node)
        if math.isinf(value) and "inf" not in text.lower():
            self._refuse(event, f"{_short(text)} is too large for a number: write .inf for infinity")
        return value

    def _repeat(self, event: events.AliasEvent, depth: int) -> Value:
        """A copy of what was named before, so that nothing in what was read is the same twice."""
        if event.anchor not in self.anchors:
            self._refuse(event, f"*{event.anchor} names nothing that stands before it")
        found = self.anchors[event.anchor]
        if found is None:
            self._refuse(event, f"*{event.anchor} would be inside itself")
        value, size = found
        self.repeated += size
        self.values += size
        if self.repeated > MOST_REPEATED or self.values > MOST_VALUES:
            self._refuse(event, f"references repeat more than {MOST_REPEATED:,} values")
        if depth + _height(value) > DEEPEST + 1:
            self._refuse(event, f"*{event.anchor} is nested deeper than {DEEPEST} levels here")
        return copy.deepcopy(value)


def _events(text: str) -> Iterator[events.Event]:
    """The parser's events, one at a time: what is refused early costs nothing."""
    parser = _PARSER(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


def _height(value: Value) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_height, inner), default=0)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
