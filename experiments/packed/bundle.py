"""Makes ``tutor.js``, one file, of the modules in ``src``: ``python -m zpdgym.experiments.packed.bundle``.

The file is kept beside the modules, so that installing zpdgym or packing a tutor needs neither node nor a bundler.
Other programs of several modules become one file in the same way (``script``).
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from zpdgym.files import write_bytes

HERE = Path(__file__).resolve().parent
BUNDLE, SOURCES, MAIN = HERE / "tutor.js", HERE / "src", "tutor.js"
PUBLIC = ("FORMAT", "Tutor", "checksum")
"""What the file offers."""
HEAD = """// A tutor that was packed with zpdgym: it reads tutor.json and says which item to show next.
// Made of modules by zpdgym (MIT licence); it needs nothing else, reads no file and asks no network.
"""
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_TYPE = re.compile(r'import\("\.{1,2}/[\w./]+"\)\.')
_DECLARED = re.compile(r"^(?:export )?(?:class|function|const|let) (?:(\w+)|\{([^}]*)\}|\[([^\]]*)\])", re.MULTILINE)


def bundled() -> str:
    """The modules one after the other, each behind those that it needs.

    Raises:
        ValueError: two of them declare the same name, or import each other.
    """
    return f"{script(SOURCES / MAIN)}\nexport {{ {', '.join(PUBLIC)} }};\n"


def script(main: Path, *, head: str = HEAD) -> str:
    """A module and all that it needs, as one text that imports and exports nothing.

    Args:
        main: the module; what it imports may lie in other folders.
        head: what stands above everything.

    Raises:
        ValueError: as ``bundled``.
    """
    parts = {path: path.read_text(encoding="utf-8") for path in _ordered(main, ())}
    counts = Counter(name for text in parts.values() for name in _declared(text))
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise ValueError(f"two modules that {main.name} needs declare {', '.join(twice)}")
    plain = [f"\n// {path.name}\n\n{_as_part(text)}\n" for path, text in parts.items()]
    return f"{head}{''.join(plain)}"


def _as_part(text: str) -> str:
    """A module without what it imports and exports: inside the file all names are known."""
    return _TYPE.sub("", _EXPORT.sub("", _IMPORT.sub("", text))).strip()


def _ordered(path: Path, above: tuple[Path, ...]) -> dict[Path, None]:
    """A module behind those that it imports; a dict, which has everything once and keeps the order."""
    if path in above:
        raise ValueError(f"modules import each other: {', '.join(one.name for one in (*above, path))}")
    found = dict[Path, None]()
    for needed in _IMPORT.findall(path.read_text(encoding="utf-8")):
        found |= _ordered((path.parent / needed).resolve(), (*above, path))
    return {**found, path: None}


def _declared(text: str) -> list[str]:
    """The names that a module declares outside of functions."""
    found = [name for groups in _DECLARED.findall(text) for name in ",".join(filter(None, groups)).split(",")]
    return [name.strip() for name in found if name.strip()]


if __name__ == "__main__":
    write_bytes(BUNDLE, bundled().encode())
