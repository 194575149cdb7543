"""Makes ``tutor.js``, one file, of the modules in ``src``: ``python -m zpdgym.experiments.packed.bundle``.

The file is kept beside the modules, so that installing zpdgym or packing a tutor needs neither node nor a bundler.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from zpdgym.files import write_bytes

HERE = Path(__file__).parent
BUNDLE, SOURCES, MAIN = HERE / "tutor.js", HERE / "src", "tutor.js"
PUBLIC = ("FORMAT", "Tutor", "checksum")
"""What the file offers."""
HEAD = """// A tutor that was packed with zpdgym: it reads tutor.json and says which item to show next.
// Made of modules by zpdgym (MIT licence); it needs nothing else, reads no file and asks no network.
"""
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_TYPE = re.compile(r'import\("\./[\w.]+"\)\.')
_DECLARED = re.compile(r"^(?:export )?(?:class|function|const|let) (?:(\w+)|\{([^}]*)\}|\[([^\]]*)\])", re.MULTILINE)


def bundled() -> str:
    """The modules one after the other, each behind those that it needs.

    Raises:
        ValueError: two of them declare the same name, or import each other.
    """
    return f"{script(MAIN)}\nexport {{ {', '.join(PUBLIC)} }};\n"


def script(main: str) -> str:
    """A module and all that it needs, as one text that imports and exports nothing.

    Raises:
        ValueError: as ``bundled``.
    """
    parts = {name: (SOURCES / name).read_text(encoding="utf-8") for name in _ordered(main, ())}
    counts = Counter(name for text in parts.values() for name in _declared(text))
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise ValueError(f"two modules of {SOURCES} declare {', '.join(twice)}")
    plain = [f"\n// {name}\n\n{_as_part(text)}\n" for name, text in parts.items()]
    return f"{HEAD}{''.join(plain)}"


def _as_part(text: str) -> str:
    """A module without what it imports and exports: inside the file all names are known."""
    return _TYPE.sub("", _EXPORT.sub("", _IMPORT.sub("", text))).strip()


def _ordered(name: str, above: tuple[str, ...]) -> dict[str, None]:
    """A module behind those that it imports; a dict, which has everything once and keeps the order."""
    if name in above:
        raise ValueError(f"modules of {SOURCES} import each other: {', '.join((*above, name))}")
    found = dict[str, None]()
    for needed in _IMPORT.findall((SOURCES / name).read_text(encoding="utf-8")):
        found |= _ordered(needed, (*above, name))
    return {**found, name: None}


def _declared(text: str) -> list[str]:
    """The names that a module declares outside of functions."""
    found = [name for groups in _DECLARED.findall(text) for name in ",".join(filter(None, groups)).split(",")]
    return [name.strip() for name in found if name.strip()]


if __name__ == "__main__":
    write_bytes(BUNDLE, bundled().encode())
