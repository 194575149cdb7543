"""The figures of the pages, ours beside the published ones.

``python -m benchmarks.published`` prints all but the slow sections, ``python -m benchmarks.published kss zpdes`` only
these; the slow ones train teachers and are computed when they are named.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.published.sections import SECTIONS


def main() -> None:
    """Compute and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.published",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="sections: " + ", ".join(f"{name} (slow)" if s.slow else name for name, s in SECTIONS.items()),
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    chosen = parser.parse_args().sections or [name for name, section in SECTIONS.items() if not section.slow]
    for name in chosen:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}; there are {', '.join(SECTIONS)}")
    for name in chosen:
        section = SECTIONS[name]
        print(f"{name} ({', '.join(f'docs/{page}' for page in section.pages)})")
        print(f"  {section.figures.__doc__}", flush=True)
        figures = section.figures()
        if any(figure.published is not None for figure in figures):
            print(f"  {'':<54} {'here':>9}   {'published':>9}")
        print(*(f"  {figure}" for figure in figures), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
