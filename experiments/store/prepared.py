"""What of a run outlives a change of its evaluation: its teacher, or what its tuning found.

Both take long, and neither depends on whom the run teaches in the end. So they are sealed by themselves, in the file
``prepared``, with a fingerprint of what they do depend on. A run that was killed later, or is evaluated again with
other test students, keeps them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from zpdgym.files import TEMPORARY, write_bytes, writing
from zpdgym.seal import DONE, NoSeal, Seal

from .whole import CONFIG, RUN, files_of

PREPARED = "prepared"
OLD = "seed<k>.old-<n>"
"""Where a finished run lies that another one took the place of."""


def seal_prepared(folder: Path, mark: str) -> None:
    """Seal all that a run has written but its settings.

    Args:
        folder: of the run.
        mark: the fingerprint of what it was prepared with.
    """
    seal = Seal.of(mark, folder, (name for name in files_of(folder) if name != CONFIG))
    write_bytes(folder / PREPARED, seal.text().encode())


def prepared_files(folder: Path, mark: str | None) -> set[str] | None:
    """The files that a run was prepared with, the seal among them.

    Args:
        folder: of the run.
        mark: the fingerprint of what it shall have been prepared with.

    Returns:
        names below the folder; None where it was prepared with something else, or not to the end, or they are not the
        files that were sealed.
    """
    try:
        seal = Seal.read(folder / PREPARED)
    except NoSeal:
        return None
    if seal.mark != mark or seal.damage(folder, seal.sums or {}) is not None:
        return None
    return {PREPARED, *(seal.sums or {})}


def took_before(folder: Path) -> dict[str, float]:
    """Stage -> seconds that a run notes, whether it is finished or not; {} where that is lost.

    Nobody trains again because a time is not known.
    """
    try:
        seconds = json.loads((folder / RUN).read_text(encoding="utf-8"))["seconds"]
        return {str(stage): float(spent) for stage, spent in seconds.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def copy_aside(folder: Path) -> Path:
    """Copy a finished run to ``<name>.old-<n>`` and make it an unfinished one.

    The copy is whole before the run loses its ``done``, so whenever this is killed, nothing is lost.

    Args:
        folder: of the run.
    """
    done, number = (folder / DONE).read_bytes(), 1
    while (target := folder.with_name(f"{folder.name}.old-{number}")).exists():
        if (target / DONE).is_file() and (target / DONE).read_bytes() == done:
            break  # killed between the copy and the end, the last time
        number += 1
    half = folder.with_name(f"{TEMPORARY}{folder.name}")
    with writing(folder):
        if not target.exists():
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(folder, half)
            half.rename(target)
        (folder / DONE).unlink()
    return target
