"""Trained networks of DKT students on disk: ``dkt.json`` and ``weights.safetensors``; neither runs anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from zpdgym.errors import InputError
from zpdgym.files import is_file, is_folder, read_bytes, write_bytes

from ..curriculum.curriculum import Curriculum

FORMAT, KIND = 1, "dkt"
CARD, WEIGHTS = "dkt.json", "weights.safetensors"
BUNDLED = Path(__file__).resolve().parents[2] / "configs" / "student" / "dkt"
"""The folder of the networks that come with zpdgym."""
LARGEST_CARD, LARGEST_WEIGHTS = 1 << 20, 1 << 28  # bytes; a network of ours has some 100 kB
MOST_ITEMS, MOST_HIDDEN = 100_000, 1024
TRAIN = "python -m zpdgym.experiments.calibration.dkt SCENARIO FOLDER"
"""The command that trains a network for the curriculum of a scenario."""

Weights = dict[str, npt.NDArray[np.float32]]


def shapes(items: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """The arrays of a network for ``items`` items with ``hidden`` units; see ``zpdgym.students.neural.dkt``."""
    return {
        "input": (3 * items, 4 * hidden),
        "recurrent": (hidden, 4 * hidden),
        "bias": (4 * hidden,),
        "output": (items, hidden),
        "output_bias": (items,),
        "start": (2, hidden),
    }


def curriculum_digest(curriculum: Curriculum) -> str:
    """A fingerprint of skills, items and prerequisites; neither of the name nor of what the exam asks."""
    told = curriculum.to_dict()
    items = [{k: v for k, v in item.items() if k != "exam"} for item in told["items"]]
    text = json.dumps({"skills": told["skills"], "items": items}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def identity(curriculum: Curriculum) -> dict[str, Any]:
    """What a card says about the curriculum that its network knows."""
    counts = {"skills": curriculum.n_skills, "items": curriculum.n_items}
    return {"name": curriculum.name, **counts, "digest": curriculum_digest(curriculum)}


def write_network(folder: Path, weights: Mapping[str, npt.NDArray[Any]], curriculum: Curriculum, about: Any) -> None:
    """Write ``weights.safetensors`` and ``dkt.json``; each appears whole or not at all, the card last.

    Args:
        folder: made if it is not there.
        weights: the arrays that ``shapes`` names; stored as float32.
        curriculum: what the network was trained on.
        about: how it was trained, as plain JSON values.
    """
    data = safetensors.numpy.save({name: np.ascontiguousarray(array, "<f4") for name, array in weights.items()})
    card = {
        "kind": KIND,
        "format": FORMAT,
        "hidden": int(weights["recurrent"].shape[0]),
        "curriculum": identity(curriculum),
        "about": about,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    write_bytes(folder / WEIGHTS, data)
    write_bytes(folder / CARD, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())


def read_network(given: str | Path, curriculum: Curriculum) -> tuple[dict[str, Any], Weights]:
    """Read the network of this curriculum, trusting nothing.

    Args:
        given: a folder or its ``dkt.json``: one that comes with zpdgym, else a path.
        curriculum: what is taught.

    Returns:
        The card, and the arrays by name: finite float32 of the shapes that belong to the curriculum.

    Raises:
        InputError: no such file, one that is truncated, changed or of another program, or another curriculum.
    """
    path = _locate(given)
    card = _read_card(path)
    _check_curriculum(path, card["curriculum"], curriculum)
    beside = path.with_name(WEIGHTS)
    data = read_bytes(beside, LARGEST_WEIGHTS, what="network")
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise InputError(f"{beside} does not belong to {CARD} beside it (checksum): it was truncated or changed")
    weights = _arrays(data, beside)
    wanted = shapes(curriculum.n_items, card["hidden"])
    found = {name: array.shape for name, array in weights.items()}
    if found != wanted:
        raise InputError(f"{beside} must hold the arrays {wanted}, but holds {found}")
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise InputError(f"{beside}: the array {name} holds numbers that are not finite")
    return card, weights


def _locate(given: str | Path) -> Path:
    if not isinstance(given, str | Path):
        raise InputError(f"student.weights={given!r} must be the path of a {CARD} or of the folder that holds it")
    path = Path(given).expanduser()
    for place in (BUNDLED / path, path):
        if is_folder(place):
            place = place / CARD
        if is_file(place):
            if place.name != CARD:
                raise InputError(f"student.weights={given}: give the {CARD} of a network or its folder")
            return place
    known = ", ".join(sorted(p.parent.name for p in BUNDLED.glob(f"*/{CARD}"))) or "none"
    raise InputError(
        f"student.weights={given}: there is no {CARD} (paths start from the working directory; networks that come with "
        f"zpdgym: {known}). To train one: {TRAIN}"
    )


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(read_bytes(path, LARGEST_CARD, what="network").decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not a network of zpdgym: it is not JSON ({error})") from error
    if not isinstance(card, dict) or card.get("kind") != KIND:
        raise InputError(f"{path} is not a network of a DKT student: its key 'kind' must be '{KIND}'")
    if card.get("format") != FORMAT:
        raise InputError(f"{path} has format {card.get('format')!r}; this version of zpdgym reads format {FORMAT}")
    about, hidden = card.get("curriculum"), card.get("hidden")
    fine = isinstance(about, dict) and all(isinstance(about.get(k), str) for k in ("name", "digest"))
    fine = fine and all(_whole(about.get(k), MOST_ITEMS) for k in ("skills", "items"))  # pyright: ignore
    if not (fine and _whole(hidden, MOST_HIDDEN) and isinstance(card.get("sha256"), str)):
        raise InputError(f"{path} is not a complete network: hidden, curriculum or sha256 is missing or wrong")
    return card


def _whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _check_curriculum(path: Path, known: Mapping[str, Any], curriculum: Curriculum) -> None:
    here = identity(curriculum)
    if known["digest"] == here["digest"]:
        return
    size = "{name} ({skills} skills, {items} items)"
    same = all(known[k] == here[k] for k in ("name", "skills", "items"))
    other = f"another {size.format(**here)}" if same else size.format(**here)
    raise InputError(
        f"student dkt: the network {path.parent.name} was trained on the curriculum {size.format(**known)} and knows "
        f"no other; here it is {other}. Train one for it, {TRAIN}, and give student.weights=FOLDER/{CARD}"
    )


def _arrays(data: bytes, path: Path) -> Weights:
    """The arrays of a safetensors file; the package checks every size before it makes anything."""
    if data[:2] == b"PK" or data[:1] == b"\x80":
        length = int.from_bytes(data[:8], "little")  # a header may begin with these bytes, but then fits into the file
        if length > len(data):
            raise InputError(f"{path} is a zip or pickle file, which could run code; these weights must be safetensors")
    try:
        arrays = safetensors.numpy.load(data)
    except Exception as error:  # whatever the package says of these bytes, the file is at fault
        raise InputError(f"{path} is not a safetensors file ({error})") from error
    for name, array in arrays.items():
        if array.dtype != np.float32:
            raise InputError(f"{path}: the array {name} has type {array.dtype}; float32 expected")
    return arrays
