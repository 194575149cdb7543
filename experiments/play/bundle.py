"""Makes ``play.js``, one file, of the modules in ``src``: ``python -m zpdgym.experiments.play.bundle``.

The file is kept beside the modules, so that neither installing zpdgym nor making a report needs node or a bundler.
"""

from __future__ import annotations

from pathlib import Path

from zpdgym.files import write_bytes

from ..packed.bundle import script

HERE = Path(__file__).resolve().parent
BUNDLE, MAIN = HERE / "play.js", HERE / "src" / "main.js"
HEAD = """// The part of zpdgym's report that somebody plays with. It needs nothing else and asks no network.
// Made of modules by zpdgym (MIT licence).
"""


def bundled() -> str:
    """The modules one after the other, each behind those that it needs.

    Raises:
        ValueError: two of them declare the same name, or import each other.
    """
    return script(MAIN, head=HEAD)


if __name__ == "__main__":
    write_bytes(BUNDLE, bundled().encode())
