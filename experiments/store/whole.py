"""Whether the files of a finished run are what the run wrote.

``done`` holds their checksums. Runs of version 0.1 have none: of those it is asked whether every file is there, can be
read, and has the columns, rows and numbers that it must have. Two files are not in ``done``: ``run.json``, which holds
timings and its own checksum, and ``lives.npz``, which may be added later and has its own, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.seal import DONE, NoSeal, Seal
from zpdgym.sources import digest_of

from ...configs.yaml_file import read_yaml_file
from ..runs.outcomes import SOMETIMES, StudentRow, TrainRow
from .columns import names
from .sheets import read_csv

if TYPE_CHECKING:
    import pandas as pd

CONFIG, RUN, LIVES = "config.yaml", "run.json", "lives.npz"
APART = (DONE, RUN, LIVES)
CHECKSUM = "checksum"
"""The key of ``run.json`` that holds the checksum of the others."""

_OF_A_RUN = re.compile(r"seed\d+")
_SINCE_0_1 = (*SOMETIMES, "misbelief", "right", "longest_wrong", "belief_brier", "belief_log_loss")
"""Columns of students that runs of version 0.1 do not have."""
_MAY_BE_EMPTY = ("in_band", "lessons_to_mastery", "minutes_to_mastery", "right", "belief_brier", "belief_log_loss")
_checked: dict[Path, tuple[tuple[object, ...], Damage | None]] = {}
"""What was found of a run, and how its files looked then: a command looks at a run several times and reads it once."""


@dataclass(frozen=True)
class Damage:
    """What is wrong with a finished run.

    Attributes:
        file: the first file that is at fault.
        said: that it is, in words.
    """

    file: str
    said: str


class _Wrong(ValueError):
    """What is wrong with a file, in words that follow its name."""


def damage_of(folder: Path) -> Damage | None:
    """What is wrong with the files of a finished run; None: nothing, or it is not finished."""
    if not (folder / DONE).exists():
        return None
    looks = tuple(
        (path.relative_to(folder).as_posix(), path.is_file(), (found := path.lstat()).st_size, found.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    )
    before = _checked.get(folder)
    if before is None or before[0] != looks:
        before = _checked[folder] = looks, _damage(folder)
    return before[1]


def lives_sum(outcome: npt.NDArray[np.float64], fingerprint: str) -> str:
    """The checksum that ``lives.npz`` holds of itself."""
    return hashlib.sha256(f"{outcome.shape} {fingerprint}".encode() + outcome.tobytes()).hexdigest()


def origin_sum(origin: Mapping[str, object]) -> str:
    """The checksum that ``run.json`` holds of itself."""
    return digest_of({key: value for key, value in origin.items() if key != CHECKSUM})


def arrays_in(path: Path, *wanted: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a file by name; only the wanted ones, where some are named."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # np.load leaves a damaged file open
        return {key: stored[key] for key in wanted or stored.files}


def files_of(folder: Path) -> list[str]:
    """The files of a run's folder that its seal is about, but for those that an interruption left."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [name for name in found if name not in APART and not name.startswith((".", "checkpoint-"))]


def _damage(folder: Path) -> Damage | None:
    try:
        seal = Seal.read(folder / DONE)
    except NoSeal as error:
        return Damage(DONE, str(error))
    for file, check in ((RUN, _check_origin), (LIVES, _check_lives)):
        if file == RUN or (folder / file).exists():
            try:
                _read(folder / file, lambda path, check=check: check(path, seal))
            except _Wrong as error:
                return Damage(file, f"{file} {error}")
    if seal.sums is not None:
        said = seal.damage(folder, {*seal.sums, *files_of(folder)})
        return Damage(said.partition(" ")[0], said) if said else None
    file = CONFIG
    try:
        for file, check in _of_version_0_1(folder):
            _read(folder / file, check)
    except _Wrong as error:
        return Damage(file, f"{file} {error}")
    return None


def _read(path: Path, check: Callable[[Path], object]) -> None:
    """Check a file; whatever a parser says of its bytes, the file is at fault."""
    if not path.exists():
        raise _Wrong("is missing")
    if not path.is_file():
        raise _Wrong("is a folder where a file was")
    try:
        check(path)
    except _Wrong:
        raise
    except Exception as error:
        raise _Wrong(f"cannot be read ({type(error).__name__}): it was cut or changed") from error


def _check_origin(path: Path, seal: Seal) -> None:
    origin = json.loads(path.read_text(encoding="utf-8"))
    if origin["fingerprint"] != seal.mark:
        raise _Wrong(f"and {DONE} name two fingerprints")
    if CHECKSUM in origin and origin[CHECKSUM] != origin_sum(origin):
        raise _Wrong("was changed since (checksum)")
    if not _is_called(path.parent, origin.get("run")):
        raise _Wrong(f"is that of {origin['run']}: a folder was renamed or put in another's place")
    if CHECKSUM in origin and seal.sums is None:
        raise _Wrong(f"belongs to checksums that {DONE} has no more")
    _ = {**origin["parts"], **origin["seeds"], **origin["versions"], "kind": origin["kind"]}
    _finite(list(origin["seconds"].values()), "seconds")


def _is_called(folder: Path, run: str | None) -> bool:
    """Whether the folder of a run has the names that it was made under; a copy by another name is nobody's run."""
    if run is None or not _OF_A_RUN.fullmatch(folder.name):
        return True
    wanted = tuple(run.split("/"))
    return folder.absolute().parts[-len(wanted) :] == wanted


def _check_lives(path: Path, seal: Seal) -> None:
    stored = arrays_in(path)
    outcome, fingerprint = stored["outcome"], str(stored["fingerprint"])
    total = str(stored["sha256"]) if "sha256" in stored else None
    _finite(outcome, "outcome")
    if outcome.ndim != 2 or min(outcome.shape) < 1:
        raise _Wrong("does not hold lives times students")
    if total is not None and total != lives_sum(outcome, fingerprint):
        raise _Wrong("was changed since (checksum)")
    del seal  # lives of another fingerprint are made anew without a word


def _of_version_0_1(folder: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """The files that a run without checksums must have, and those that it has, with what to ask of them."""
    yield CONFIG, _settings
    config = _settings(folder / CONFIG)
    n_students, matrix = config.get("n_students"), "students" in config
    if n_students is not None:
        yield "students.csv", lambda path: _students(path, n_students, matrix=matrix)
    if n_students is not None and not matrix:
        yield "curves.npz", lambda path: _arrays(path, "mastery_by_lesson")
        yield "validation.json", lambda path: _finite([_json(path)["mean"]], "mean")
    if "lessons" in config:
        yield "train.csv", _training
        yield "teacher/teacher.json", _teacher
    if config["policy"].get("tune") and config.get("tune_budget", 1) > 1:
        yield "tuning.json", lambda path: _finite(_tuned(path), "outcome")
    kind = _json(folder / RUN)["kind"]
    if config.get("unexpected") is True and kind != "privileged":
        for name in config["sections"].get("unexpected") or ():
            yield f"unexpected/{name}.csv", lambda path: _students(path, n_students)
    for name in ("sampled.csv", "last.csv"):
        if (folder / name).exists() or (name == "sampled.csv" and kind == "learnt" and not matrix):
            yield name, lambda path: _students(path, n_students)
    if (folder / "lessons.npz").exists():
        yield "lessons.npz", lambda path: _arrays(path, "items", "obs", "correct", "day", "mastery")


def _settings(path: Path) -> dict[str, Any]:
    read = read_yaml_file(path)
    found = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    here = {name: found.get(name) for name in ("policy", "sections")}
    counts = [found.get(name, 1) for name in ("n_students", "tune_budget")]
    if not all(isinstance(part, dict) for part in here.values()) or not all(map(_whole, counts)):
        raise _Wrong("holds no settings of a run: it was cut or changed")
    return found


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _tuned(path: Path) -> list[float]:
    """The outcome of every trial of a tuning."""
    found = _json(path)
    if "_target_" not in found["spec"]:
        raise _Wrong("holds no policy: it was cut or changed")
    return [trial["outcome"] for trial in found["trials"]]


def _students(path: Path, n_students: object, *, matrix: bool = False) -> None:
    """A row for every student, and no hole where there can be none."""
    frame = read_csv(path)
    wanted = ["student"] if matrix else [name for name in names(StudentRow) if name not in _SINCE_0_1]
    _complete(frame, wanted)
    if len(frame) != n_students:
        raise _Wrong(f"has {len(frame)} rows of {n_students}")
    for name in frame.columns:
        if name != "group" and name not in _MAY_BE_EMPTY:
            _finite(frame[name].to_numpy(), str(name))


def _training(path: Path) -> None:
    frame = read_csv(path)
    _complete(frame, names(TrainRow))
    for name in ("lessons", "validation"):
        _finite(frame[name].to_numpy(), name)


def _complete(frame: pd.DataFrame, wanted: list[str]) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise _Wrong(f"has no column {missing[0]}")


def _teacher(path: Path) -> None:
    from ...agents.learnt.teacher_files import read_teacher

    read_teacher(path.parent)


def _arrays(path: Path, *wanted: str) -> None:
    stored = arrays_in(path)
    missing = [name for name in wanted if name not in stored or stored[name].size == 0]
    if missing:
        raise _Wrong(f"has no array {missing[0]}")


def _finite(values: npt.ArrayLike, name: str) -> None:
    """Refuse what is no number, NaN or infinite."""
    array = np.asarray(values)
    if array.dtype.kind not in "bif" or not np.isfinite(array).all():
        raise _Wrong(f"holds what is no number under {name}")
