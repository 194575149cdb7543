"""What a run's numbers depend on, as one number: its settings, our source, the user's own modules and the data files.

Two runs with the same fingerprint have the same result files, so a finished one need not be repeated; a run with
another fingerprint must not be mixed with it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zpdgym.files import is_file
from zpdgym.sources import FACE, digest_of, reached

from ...configs.build import TARGET
from ...students.neural.dkt_files import BUNDLED as NETWORKS
from ...students.neural.dkt_files import CARD

ROOT = Path(__file__).resolve().parents[2]
OURS, SETTINGS = "zpdgym", "settings"
SOURCES = ("zpdgym", "configs", "students", "envs", "agents", "experiments/runs", "experiments/store")
"""Where the Python lies that makes a run's numbers.

Everything else in experiments/ only reads runs, or makes what runs use: a fitted belief, a calibrated scenario, a
network, a tuned policy are part of a run's settings and count there.
"""

SHOWN = 3
"""So many changed settings are named in a message."""


@dataclass(frozen=True)
class Changes:
    """What one run depends on and another does not.

    Attributes:
        parts: the names of the digests that differ.
        settings: every setting that differs, in words: "lessons: 30000 -> 20000".
    """

    parts: tuple[str, ...]
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Fingerprint:
    """What a run depends on.

    Attributes:
        value: the fingerprint: 64 hexadecimal digits.
        parts: the digests that it is made of: "settings", "zpdgym", and one per file of the user's.
        settings: the settings themselves.
        prepared: the fingerprint of what the run's teacher or tuning depends on; None: it has none of its own.
    """

    value: str
    parts: Mapping[str, str]
    settings: Mapping[str, Any] = field(compare=False, repr=False)
    prepared: str | None = None

    def differences(self, parts: Mapping[str, str], settings: Mapping[str, Any]) -> str:
        """In words, what differs from the parts and the settings of another run, which was made before this one."""
        changed = self.changes(parts, settings)
        which = f" ({first_of(changed.settings)})" if changed.settings else ""
        words = {SETTINGS: f"its settings{which}", OURS: "zpdgym's source"}
        return ", ".join(words.get(name, name) for name in changed.parts) or "how it was written"

    def changes(self, parts: Mapping[str, str], settings: Mapping[str, object]) -> Changes:
        """What differs from the parts and the settings of another run, which was made before this one."""
        names = sorted(k for k in {*self.parts, *parts} if self.parts.get(k) != parts.get(k))
        return Changes(tuple(names), tuple(_changes(settings, self.settings)))


def fingerprint(
    settings: Mapping[str, Any], *, files: Iterable[Path] = (), preparation: Mapping[str, object] | None = None
) -> Fingerprint:
    """The fingerprint of a run with these settings.

    Args:
        settings: everything that was resolved, as plain data. Every ``_target_`` outside zpdgym contributes its source
            file and what that imports from its own folder; every value that names a file contributes its contents.
        files: further files that the run reads.
        preparation: those of the settings that its teacher or tuning depends on, if it keeps them for itself.
    """
    prepared = None if preparation is None else fingerprint(preparation, files=files).value
    parts = {SETTINGS: digest_of(settings), OURS: source_digest()}
    for path in sorted({*user_modules(settings), *data_files(settings), *(Path(f).resolve() for f in files)}):
        name = path.name
        while name in parts:  # two files of the same name in different folders
            name += "'"
        parts[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return Fingerprint(digest_of(parts), parts, settings, prepared)


def first_of(changed: Sequence[str]) -> str:
    """The first of what changed, and how much more did."""
    more = f", and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return f"{', '.join(changed[:SHOWN])}{more}"


@functools.cache
def source_digest(folders: tuple[str, ...] = SOURCES) -> str:
    """The sha256 over our own source in these folders."""
    total = hashlib.sha256()
    for folder in folders:
        for name, path in _sources(folder):
            total.update(f"{name}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def _sources(folder: str) -> Iterator[tuple[str, Path]]:
    """The Python files of a folder by the names that they have in a checkout, installed or not."""
    base = FACE if folder == OURS else ROOT / folder
    for path in sorted(base.glob("*.py") if folder == OURS else base.rglob("*.py")):
        yield f"{folder}/{path.relative_to(base).as_posix()}", path


def user_modules(settings: Mapping[str, Any]) -> set[Path]:
    """The source files behind every ``_target_`` outside zpdgym, and what they import from their own folder."""
    found: set[Path] = set()
    for dotted in _targets(settings):
        module = dotted.rpartition(".")[0]
        top = module.partition(".")[0]
        if not module or top == OURS:
            continue
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            continue  # a compiled module has no source to read
        path = Path(spec.origin).resolve()
        depth = module.count(".") + (path.name == "__init__.py")
        found |= reached(path, home=path.parents[depth], ours=False)  # all of ours counts anyway
    return found


def data_files(settings: Any) -> set[Path]:
    """The files that values of the settings name, in the working directory or among our own curricula and networks.

    A network is named by its folder or by its card, and the card holds a checksum of its weights.
    """
    found: set[Path] = set()
    for value in _strings(settings):
        if len(value) > 500 or "\n" in value:
            continue
        for path in (Path(value), ROOT / "configs" / "curriculum" / value, NETWORKS / value):
            named = path if "." in value and is_file(path) else path / CARD
            if is_file(named):
                found.add(named.resolve())
                break
    return found


def _changes(old: Any, new: Any, key: str = "") -> Iterator[str]:
    """What differs between two settings: "lessons: 30000 -> 20000"; what is long is only named."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*new, *old]):
            yield from _changes(old.get(name), new.get(name), f"{key}.{name}" if key else str(name))
    elif digest_of(old) != digest_of(new):
        values = f"{_word(old)} -> {_word(new)}"
        yield f"{key}: {values}" if len(values) <= 60 else key


def _word(value: Any) -> str:
    return "none" if value is None else str(value)


def _targets(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get(TARGET), str):
            yield value[TARGET]
        for child in value.values():
            yield from _targets(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _targets(child)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _strings(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _strings(child)
