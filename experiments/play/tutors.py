"""The tutors themselves, for the reader who wants to be the pupil."""

from __future__ import annotations

import json
from collections.abc import Sequence

from zpdgym.errors import InputError

from ..packed.contents import contents
from ..packed.pack import of_run
from ..places import sentence_without_places
from ..report.results import World
from .codes import Data

ROOM = 600_000
"""Signs that all tutors of a page may take together, so that it stays small enough to be sent by mail."""
FULL = "this page has no room for another tutor"


def packed(worlds: Sequence[World]) -> list[Data]:
    """Of every scenario the tutor that the page is about, or why it is not here; and the command that packs it."""
    found, room = list[Data](), ROOM
    for world in worlds:
        run = world.teacher.runs[world.teacher.typical]
        command = f"zpdgym pack FOLDER/{world.label}/{world.teacher.policy}/{run.path.name} to=tutor"
        try:
            tutor = contents(*of_run(run))
        except InputError as error:
            found.append({"unpacked": sentence_without_places(str(error))})
            continue
        size = len(json.dumps(tutor, separators=(",", ":")))
        if size > room:
            found.append({"pack": command, "unpacked": FULL})
        else:
            room -= size
            found.append({"pack": command, "packed": tutor})
    return found
