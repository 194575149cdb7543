"""Teachers on disk: ``teacher.json`` and ``weights.safetensors``, neither of which can execute anything."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from zpdgym.errors import InputError
from zpdgym.files import is_file, is_folder, read_bytes, write_bytes
from zpdgym.seal import must_be_whole

FORMAT = 1
CARD, WEIGHTS = "teacher.json", "weights.safetensors"
IN_A_RUN = "teacher"
"""The folder of the teacher in that of a run."""
LARGEST_CARD, LARGEST_WEIGHTS = 16 << 20, 1 << 30  # bytes; a teacher of ours has some 100 kB

Arrays = dict[str, npt.NDArray[Any]]


def write_teacher(folder: Path, card: dict[str, Any], weights: Arrays) -> None:
    """Write a teacher; each file appears whole or not at all, the card last.

    Args:
        folder: made if it is not there.
        card: what the teacher is, as plain JSON values.
        weights: name -> array.
    """
    data = safetensors.numpy.save({name: np.array(array, order="C") for name, array in sorted(weights.items())})
    shapes = {name: list(array.shape) for name, array in sorted(weights.items())}
    card = {"format": FORMAT, **card, "shapes": shapes, "sha256": hashlib.sha256(data).hexdigest()}
    write_bytes(folder / WEIGHTS, data)
    write_bytes(folder / CARD, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())


def read_teacher(folder: Path) -> tuple[dict[str, Any], Arrays]:
    """Read what ``write_teacher`` wrote, trusting nothing.

    Returns:
        the card, and the weights by name: finite arrays of the shapes that the card states.

    Raises:
        InputError: a file that is missing, truncated, changed, of another program or of a later format; of the teacher
            of a run, also a card that is not the one that the run wrote.
    """
    _refuse_foreign(folder)
    must_be_whole(folder)
    card = _read_card(folder / CARD)
    path = folder / WEIGHTS
    data = read_bytes(path, LARGEST_WEIGHTS, what="teacher")
    header = int.from_bytes(data[:8], "little")  # which may begin with these bytes, too, but then fits into the file
    if (data[:2] == b"PK" or data[:1] == b"\x80") and header > len(data):
        raise InputError(f"{path} is a zip or pickle file, which could run code; a teacher's weights are safetensors")
    if hashlib.sha256(data).hexdigest() != card.get("sha256"):
        raise InputError(f"{path} does not belong to {CARD} beside it (checksum): it was truncated or changed")
    return card, _read_weights(path, data, card)


def _read_card(path: Path) -> dict[str, Any]:
    data = read_bytes(path, LARGEST_CARD, what="teacher")
    try:
        card = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not a teacher of zpdgym: it is not JSON ({error})") from error
    if not isinstance(card, dict) or "format" not in card:
        raise InputError(f"{path} is not a teacher of zpdgym: the key 'format' is missing")
    if card["format"] != FORMAT:
        raise InputError(f"{path} has format {card['format']!r}; this version of zpdgym reads format {FORMAT}")
    return card


def _read_weights(path: Path, data: bytes, card: dict[str, Any]) -> Arrays:
    try:
        weights = safetensors.numpy.load(data)
    except Exception as error:  # whatever the parser says of these bytes, the file is at fault
        raise InputError(f"{path} is not a safetensors file ({error})") from error
    shapes = {name: list(array.shape) for name, array in weights.items()}
    if shapes != card.get("shapes"):
        raise InputError(f"{path} does not hold the arrays that {CARD} names")
    for name, array in weights.items():
        if array.dtype not in (np.float32, np.int64):
            raise InputError(f"{path}: the array {name} has type {array.dtype}; float32 or int64 expected")
        if not np.isfinite(array).all():
            raise InputError(f"{path}: the array {name} holds numbers that are not finite")
    return weights


def _refuse_foreign(folder: Path) -> None:
    if is_file(folder):
        raise InputError(
            f"{folder} is a file, not a teacher's folder (with {CARD} and {WEIGHTS}). A zip that Stable-Baselines3 "
            "saved can run any code when it is loaded: if you made it yourself, say policy.trust=true"
        )
    if not is_folder(folder):
        raise InputError(f"there is no teacher at '{folder}': a folder with {CARD} and {WEIGHTS} is expected")
    if not is_file(folder / CARD) and is_file(folder / IN_A_RUN / CARD):
        raise InputError(f"{folder} is the folder of a run; its teacher is at {folder / IN_A_RUN}")
