"""Runs on disk: one folder per policy, scenario and seed, written so that an interruption never leaves a half-truth.

Every file is first written beside its place and then moved there in one step; ``done`` comes last and holds the
fingerprint of everything that the numbers depend on, and the checksums of the files. So a folder with ``done`` is
complete, a folder without is repeated, a folder with another fingerprint is refused, and so is one whose files are not
those that were written.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.files import TEMPORARY, write_bytes, write_json, write_yaml, writing
from zpdgym.files import plain as plain
from zpdgym.notes import say
from zpdgym.seal import DONE, NoSeal, Seal, damaged
from zpdgym.sources import digest_of

from ...configs.trust import check_names
from ...configs.yaml_file import read_yaml_file
from .fingerprint import SETTINGS, Fingerprint, first_of
from .prepared import OLD, PREPARED, copy_aside, prepared_files, seal_prepared, took_before
from .provenance import provenance
from .sheets import as_csv, read_csv
from .whole import CHECKSUM, CONFIG, LIVES, RUN, Damage, arrays_in, damage_of, files_of, origin_sum

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Run"]


TRAIN, STUDENTS, SAMPLED, LAST = "train.csv", "students.csv", "sampled.csv", "last.csv"
BELIEF = "belief.csv"
CURVES, LESSONS, TUNING, VALIDATION = "curves.npz", "lessons.npz", "tuning.json", "validation.json"
UNEXPECTED, TEACHER, LAST_TEACHER, POLICY = "unexpected", "teacher", "last_teacher", "policy.yaml"
RESULTS = (TRAIN, STUDENTS, SAMPLED, LAST, BELIEF, CURVES, LESSONS, LIVES, TUNING, VALIDATION, UNEXPECTED, POLICY)
FILES = {CONFIG, *RESULTS, TEACHER, LAST_TEACHER, PREPARED, RUN, DONE}
"""Everything that a run's folder may hold; a folder with anything else is not ours to repeat."""

CHECKPOINT = "checkpoint-"
"""How the state of an interrupted training begins; the fingerprint of the run follows."""
MARKERS = {"comparison": "experiment.json", "matrix": "matrix.yaml"}
"""What a folder of results holds -> the file that tells."""
_OURS = (TEMPORARY, CHECKPOINT, f".{CHECKPOINT}")
"""How files begin that an interrupted run may leave behind."""


@dataclass(frozen=True)
class Run:
    """One run's folder: where its files are and whether they are complete.

    Attributes:
        path: ``results/<experiment>/<scenario>/<policy>/seed<k>``.
    """

    path: Path

    @property
    def done(self) -> str | None:
        """The fingerprint of the finished run; None when it is not finished, or nobody can tell."""
        try:
            return Seal.read(self.path / DONE).mark
        except NoSeal:
            return None

    @property
    def damage(self) -> Damage | None:
        """What is wrong with the files of the finished run; None: nothing, or it is not finished."""
        return damage_of(self.path)

    def has(self, name: str) -> bool:
        """Whether the run wrote this file."""
        return (self.path / name).exists()

    def json(self, name: str) -> Any:
        """A JSON file of the run."""
        with self._reading(name) as path:
            return json.loads(path.read_text(encoding="utf-8"))

    def config(self) -> dict[str, Any]:
        """The resolved settings of the run."""
        return cast("dict[str, Any]", read_yaml_file(self.path / CONFIG))

    def chosen(self, given: object) -> dict[str, object]:
        """The specification that tuning chose; it may name what the one that was tuned names.

        Args:
            given: that specification.

        Raises:
            InputError: the file names something else that no file may name.
        """
        spec = self.json(TUNING)["spec"]
        check_names(spec, self.path / TUNING, given=given)
        return spec

    def csv(self, name: str) -> pd.DataFrame:
        """A CSV file of the run, such as ``students.csv`` or ``unexpected/<kind>.csv``."""
        with self._reading(name) as path:
            return read_csv(path)

    def columns(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """The columns of a CSV file of the run by name."""
        frame = self.csv(name)
        return {str(column): frame[column].to_numpy() for column in frame.columns}

    def arrays(self, name: str, *wanted: str) -> dict[str, npt.NDArray[Any]]:
        """A file of arrays: ``curves.npz`` or ``lessons.npz``; only the ``wanted`` ones, where some are named."""
        with self._reading(name) as path:
            return arrays_in(path, *wanted)

    @contextmanager
    def _reading(self, name: str) -> Iterator[Path]:
        """Whatever a parser says of a file's bytes, the file is at fault."""
        try:
            yield self.path / name
        except Exception as error:
            raise InputError(damaged(self.path, f"{name} cannot be read ({type(error).__name__})")) from error

    def write_json(self, name: str, value: object) -> None:
        """Write plain data as JSON."""
        write_json(self.path / name, value)

    def write_yaml(self, name: str, value: object) -> None:
        """Write plain data as YAML, keys in the order given."""
        write_yaml(self.path / name, value)

    def write_csv(self, name: str, columns: Mapping[str, Any]) -> None:
        """Write columns of equal length as CSV, numbers in full precision."""
        write_bytes(self.path / name, as_csv(columns).encode())

    def write_arrays(self, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write arrays into one compressed file."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **dict(arrays))
        write_bytes(self.path / name, buffer.getvalue())

    def is_prepared(self, wanted: Fingerprint) -> bool:
        """Whether its teacher, or what its tuning found, is there and is what a run of this fingerprint would make."""
        return prepared_files(self.path, wanted.prepared) is not None

    def prepared(self, fingerprint: Fingerprint, *, seconds: Mapping[str, float]) -> None:
        """Seal the teacher or the tuning: from now on they stay, whatever becomes of the evaluation.

        Args:
            fingerprint: of the run.
            seconds: what was made until now took so long.
        """
        assert fingerprint.prepared is not None
        self._write_origin({"seconds": _rounded(seconds)})  # without more: the run is not finished
        seal_prepared(self.path, fingerprint.prepared)

    def start(
        self, settings: Mapping[str, Any], *, fingerprint: Fingerprint | None = None, keep: str | None = None
    ) -> dict[str, float]:
        """Make the folder ready: what an interrupted run left there is removed, the settings are written first.

        Args:
            settings: of the run.
            fingerprint: of the run: what was prepared for it, and lives of it, stay; None: nothing of that does.
            keep: a file that stays: the state of the interrupted training, if it is of the same code and settings.

        Returns:
            stage -> seconds that what stays took.
        """
        kept, seconds = {CONFIG, keep}, dict[str, float]()
        if self.path.is_dir():
            _refuse_foreign(self.path)
            stays = prepared_files(self.path, fingerprint and fingerprint.prepared)
            if stays is not None:
                seconds = took_before(self.path)
                kept |= {*(name.partition("/")[0] for name in stays), RUN, LIVES}
            for old in self.path.iterdir():
                if old.name not in kept:
                    _remove(old)
        self.write_yaml(CONFIG, settings)
        return seconds

    def finish(
        self,
        fingerprint: Fingerprint,
        *,
        kind: str,
        seeds: Mapping[str, int],
        seconds: Mapping[str, float],
        name: str | None = None,
    ) -> None:
        """Write where the numbers came from, and ``done`` last.

        Timings stand here alone, so that every other file is the same, byte for byte, when the run is repeated.

        Args:
            fingerprint: of the run.
            kind: of the policy: "baseline", "learnt" or "privileged".
            seeds: by what they are for.
            seconds: stage -> how long it took.
            name: the run's folder below the experiment's, by which it is known again; None: it may have any.
        """
        parts = dict(fingerprint.parts)
        origin = {} if name is None else {"run": name}
        origin |= {"kind": kind, "fingerprint": fingerprint.value, "parts": parts, "seeds": dict(seeds)}
        self._write_origin(origin | {"seconds": _rounded(seconds)} | provenance())
        seal = Seal.of(fingerprint.value, self.path, files_of(self.path))
        write_bytes(self.path / DONE, seal.text().encode())

    def took(self, stage: str, seconds: float) -> None:
        """Note how long a stage took that came after ``done``."""
        origin = self.json(RUN)
        origin["seconds"][stage] = round(seconds, 3)
        self._write_origin(origin)

    def _write_origin(self, origin: Mapping[str, object]) -> None:
        self.write_json(RUN, {**origin, CHECKSUM: origin_sum(origin)})


def to_do(runs: Iterable[tuple[Run, Fingerprint]], *, rerun: bool = False) -> list[Run]:
    """Which of these runs must be made: those that are not finished yet.

    A finished run with another fingerprint whose teacher or tuning is that of the wanted one is evaluated again: a copy
    of it is laid aside, and that is said.

    Args:
        runs: each run's folder with the fingerprint that it should have.
        rerun: move finished runs that are damaged or have another fingerprint aside, to ``<name>.old-<n>``, instead of
            refusing. Where only the lives are damaged, they are removed and the run stays.

    Raises:
        InputError: a finished run is damaged or has another fingerprint, or a folder holds files that no run writes.
            Nothing was changed then.
    """
    missing, others, broken = list[Run](), list[tuple[Run, Fingerprint]](), list[tuple[Run, Damage]]()
    again = list[tuple[Run, Fingerprint]]()
    for run, wanted in runs:
        found, damage = run.done, run.damage
        if damage is not None:
            broken.append((run, damage))
        elif found == wanted.value:
            continue
        elif found is not None:
            (again if run.is_prepared(wanted) else others).append((run, wanted))
        elif run.path.is_dir():
            _refuse_foreign(run.path)
        elif run.path.exists():
            raise InputError(f"{run.path} is a file: a run needs a folder there; move it away")
        if damage is None or damage.file != LIVES or found != wanted.value:
            missing.append(run)
    if broken and not rerun:
        run, damage = broken[0]
        raise InputError(damaged(run.path, damage.said, more=len(broken) - 1))
    if others and not rerun:
        raise InputError(_another(others))
    if again:
        say(_evaluated_again(again))
    for run, _ in again:
        copy_aside(run.path)
    for run in missing:
        if (run.path / DONE).exists():
            move_aside(run.path)
    for run, _ in broken:
        if run not in missing:
            _remove(run.path / LIVES)
    return missing


def _evaluated_again(runs: Sequence[tuple[Run, Fingerprint]]) -> str:
    """The line about runs that are evaluated with other settings."""
    changed = dict[str, None]()
    for run, wanted in runs:
        found = wanted.changes(run.json(RUN)["parts"], run.config())
        changed |= dict.fromkeys((*found.settings, *(part for part in found.parts if part != SETTINGS)))
    many = (
        f"{len(runs)} runs; their teachers and tunings stay" if len(runs) > 1 else "1 run; its teacher or tuning stays"
    )
    return f"evaluated again: {first_of(list(changed))} ({many}; the old files are kept in {OLD})"


def _another(runs: Sequence[tuple[Run, Fingerprint]]) -> str:
    """The line about runs of another fingerprint."""
    run, wanted = runs[0]
    stored = run.json(RUN).get("parts", {}) if run.has(RUN) else {}
    settings = run.config() if run.has(CONFIG) else {}
    more = f" (and {len(runs) - 1} more)" if len(runs) > 1 else ""
    return (
        f"{run.path}{more} was made with something else: {wanted.differences(stored, settings)} changed since. "
        f"Give the experiment another name (name=…), or move it aside and make it anew: rerun=true"
    )


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(spent, 3) for stage, spent in seconds.items()}


def must_be_whole(runs: Iterable[Run]) -> None:
    """Refuse runs that are not finished, or whose files are not what they wrote.

    Raises:
        InputError: there are such; the first is named with the way out.
    """
    runs = list(runs)
    for run in runs:
        if not (run.path / DONE).exists():
            raise InputError(f"{run.path} is no finished run: {DONE} is missing; repeat the command that made it")
    broken = [(run, damage) for run in runs if (damage := run.damage)]
    if broken:
        run, damage = broken[0]
        raise InputError(damaged(run.path, damage.said, more=len(broken) - 1))


def seal_experiment(folder: Path, files: Iterable[str]) -> None:
    """Write the checksums of an experiment's own files, when it is finished."""
    seal = Seal.of(digest_of(sorted(files)), folder, files)
    write_bytes(folder / DONE, seal.text().encode())


def unseal_experiment(folder: Path) -> None:
    """Remove the checksums of an experiment's own files: they are written anew now."""
    if (folder / DONE).exists():
        _remove(folder / DONE)


def must_be_as_made(folder: Path) -> None:
    """Refuse an experiment whose own files are not those that were written; older ones have no checksums.

    Raises:
        InputError: one was changed, cut or removed.
    """
    if not (folder / DONE).exists():
        return
    try:
        seal = Seal.read(folder / DONE)
        said = seal.damage(folder, seal.sums or {})
    except NoSeal as error:
        said = str(error)
    if said:
        raise InputError(f"{folder} is damaged: {said}. Repeat zpdgym compare, which writes its table again")


def _remove(path: Path) -> None:
    with writing(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def must_not_hold_another(folder: Path, kind: str) -> None:
    """Refuse a folder that something else was written to: a matrix, where a comparison is to be, or the other way.

    Raises:
        InputError: it holds the other.
    """
    for other, marker in MARKERS.items():
        if other != kind and (folder / marker).exists():
            raise InputError(f"{folder} holds a {other} ({marker}): give this {kind} another name (name=…)")


def move_aside(path: Path) -> Path:
    """Rename a folder to ``<name>.old-<n>`` with the first free number."""
    number = 1
    while (target := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    with writing(path):
        path.rename(target)
    return target


def finished_runs(folder: Path) -> Iterator[tuple[str, int, Run]]:
    """(policy, seed, run) of every finished run in a scenario's folder, seeds in order; moved ones are left out."""
    found = []
    for path in folder.glob("*/seed*"):
        number = path.name.removeprefix("seed")
        if number.isdecimal() and Run(path).done is not None:
            found.append((path.parent.name, int(number), Run(path)))
    yield from sorted(found, key=lambda entry: entry[:2])


def _refuse_foreign(folder: Path) -> None:
    """Leave a folder alone that holds what no run writes."""
    foreign = sorted(p.name for p in folder.iterdir() if p.name not in FILES and not p.name.startswith(_OURS))
    if foreign:
        raise InputError(f"{folder} holds files that no run writes ({', '.join(foreign[:3])}): move them away first")
