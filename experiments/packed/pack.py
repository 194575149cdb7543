"""A tutor to take away: a folder with the tutor as data, the program that reads it, and a page that says what it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import InputError, shown
from zpdgym.files import is_file, is_folder, write_bytes, writing

from ...agents.learnt.load import trained_on
from ...agents.learnt.teacher import Teacher
from ...agents.learnt.teacher_files import CARD
from ...agents.registry import build_policy
from ...configs.trust import check_names
from ...envs.beliefs.refit import with_any_belief, with_own_belief
from ...envs.scenario import Scenario
from ..runs.arguments import writable
from ..store.fingerprint import data_files
from ..store.runs import CONFIG, DONE, MARKERS, TEACHER, TUNING, Run, must_be_whole
from .bundle import BUNDLE
from .contents import About, check_packable, contents
from .note import note
from .play import play_page

__all__ = ["PackedTutor"]

TUTOR, NOTE, PLAY = "tutor.json", "README.md", "play.html"


@dataclass(frozen=True, eq=False)
class PackedTutor:
    """A tutor that was packed.

    Attributes:
        folder: where it is.
        files: what is in it.
        about: what it is.
    """

    folder: Path
    files: tuple[Path, ...]
    about: About


def pack(what: str | Path, *, to: str | Path, scenario: str | Path | Scenario | None = None) -> PackedTutor:
    """Write a tutor to take away: its belief and its choices as data, a program that reads them, and a page to try it.

    Item scorers that were trained, ``tuned_index`` and mastery learning can be packed, with beliefs of the kinds bkt,
    graph and misconceptions.

    Args:
        what: the folder of a finished run or of a teacher, or an untrained policy (a name, or the path of a YAML file).
        to: the folder to write; it must not exist, and appears whole or not at all.
        scenario: what it is to teach: needed with a policy; with a teacher's folder only where it was trained on
            several, or on one that does not come with zpdgym; a run says it itself.

    Raises:
        InputError: there is no such run, teacher or policy, it cannot be packed, or ``to`` exists. Nothing is written.
    """
    target = writable(to, "to")
    if os.path.lexists(target):
        raise InputError(f"to={target} exists: give a folder that does not")
    world, policy = _found(what, scenario)
    packed = contents(world, policy)
    about = About.of(packed)
    text = json.dumps(packed, indent=None, ensure_ascii=False, allow_nan=False)
    made = {
        TUTOR: text.encode() + b"\n",
        BUNDLE.name: BUNDLE.read_bytes(),
        PLAY: play_page(text, about).encode(),
        NOTE: note(about).encode(),
    }
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with writing(target):
        try:
            for name, data in made.items():
                write_bytes(temporary / name, data)
            temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)  # gone already where all went well
    return PackedTutor(target, tuple(target / name for name in made), about)


def _found(what: object, scenario: str | Path | Scenario | None) -> tuple[Scenario, object]:
    """The scenario with its belief, and who chooses.

    Raises:
        InputError: as ``pack``.
    """
    if not isinstance(what, str | Path):
        raise InputError(f"what={shown(what)} must be the folder of a run or a teacher, or a policy")
    folder = Path(what)
    if not is_folder(folder):
        return _by_name(str(what), scenario)
    if is_file(folder / CARD) and not is_file(folder / CONFIG):
        teacher = Teacher.load(folder)
        return with_own_belief(trained_on(teacher, folder) if scenario is None else Scenario.load(scenario)), teacher
    if any(is_file(folder / marker) for marker in MARKERS.values()):
        raise InputError(f"{folder} holds many runs: give the folder of one, such as {folder}/SCENARIO/POLICY/seed0")
    if not is_file(folder / CONFIG) and not is_file(folder / DONE):
        raise InputError(f"{folder} is neither the folder of a run (with {CONFIG}) nor that of a teacher (with {CARD})")
    if scenario is not None:
        raise InputError("scenario goes with a policy or a teacher's folder; a run says itself what it taught")
    return of_run(Run(folder))


def _by_name(policy: str, scenario: str | Path | Scenario | None) -> tuple[Scenario, object]:
    """An untrained policy by its name or file."""
    if os.sep in policy and not policy.endswith((".yaml", ".yml")):
        raise InputError(f"there is no folder '{policy}'")
    built = build_policy(policy)
    if built.learnt and not isinstance(built, Teacher):
        raise InputError(f"policy {built.name} is not trained yet: give the folder of a run that trained it")
    if scenario is None:
        raise InputError(f"policy {built.name}: say which scenario it is to teach, scenario=<name or file>")
    world = Scenario.load(scenario)
    check_packable(with_any_belief(world), built)  # before minutes of fitting
    return with_own_belief(world), built


def of_run(run: Run) -> tuple[Scenario, object]:
    """What a finished run taught, with the belief that its tutor had, and who taught: trained or tuned as it was.

    Raises:
        InputError: it is not whole, or what it was made with is not there any more.
    """
    if not is_file(run.path / CONFIG):
        raise InputError(f"{run.path} has no {CONFIG}, which says what taught there")
    must_be_whole([run])
    settings, path = run.config(), run.path / CONFIG
    if "sections" not in settings:
        raise InputError(f"{run.path} is a run of a matrix of several kinds of students: give its folder {TEACHER}/")
    check_names({"policy": settings["policy"], "sections": settings["sections"]}, path)
    _must_read_the_same(run, settings["sections"])
    label = str(settings["scenario"])
    world = Scenario(re.split("[~,/]", label, maxsplit=1)[0], label, settings["sections"])
    world.__dict__["belief_parameters"] = settings["belief_parameters"]
    if run.has(TEACHER):
        return world, Teacher.load(run.path / TEACHER)
    return world, build_policy(run.chosen(settings["policy"]) if run.has(TUNING) else settings["policy"])


def _must_read_the_same(run: Run, sections: object) -> None:
    """Refuse a run whose curriculum, or another file that it read, is not what it was: its belief is about that one."""
    then = set(run.json("run.json")["parts"].values())
    for path in sorted(data_files(sections)):
        if hashlib.sha256(path.read_bytes()).hexdigest() not in then:
            raise InputError(
                f"{path} is not what it was when {run.path} was made: give it back as it was, or make the run again"
            )
