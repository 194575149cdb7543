"""Bad command lines that somebody thought of: texts for names, folders for files, sizes beyond any machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bad_inputs.trial import CANARY, Case, Content
from benchmarks.bad_inputs.values import CONTROL, LONG

TEACH = ("evaluate", "scenario=tiny", "policy=random", "n_students=10")
COMPARE = ("compare", "scenario=tiny", "policies=random", "n_students=10", "tracking=none", "tune_budget=1", "lives=0")
TRAIN = ("train", "scenario=tiny", "policy=random", "tracking=none", "n_students=10")
TUNE = ("tune", "scenario=tiny", "policy=streak", "tune_budget=2", "n_validation=10")
MATRIX = ("robustness", "scenario=tiny", "policies=random", "n_students=10", "tune_budget=1")
FIT = ("calibrate", "data.path=log.csv")
LOG = "student,skill,correct\n" + "".join(f"p{s},s{k},{(s + k) % 2}\n" for s in range(40) for k in range(3))
WRITING = {"compare": COMPARE, "train": TRAIN, "tune": TUNE, "robustness": MATRIX, "calibrate": FIT}

VALUES = (
    "policy.threshold=abc", "scenario.student=5", "scenario.student=true", "scenario.student=[bkt]",
    "scenario.student=1.5",
    "scenario.reward.kind=[a]", "scenario.reward=5", "scenario.reward.knd=gain", "scenario.schedule=5",
    "scenario.reward._target_=os.getcwd", "scenario.reward._target_=zpdgym.students.BKT", "scenario.reward._target_=5",
    "scenario.reward={_target_:zpdgym.agents.Mastery,kind:gain}", "scenario.reward.mastery=gain",
    "scenario.schedule.lessons=1e9", "scenario.schedule.lessons=100000000", "scenario.schedule.days_between=[]",
    "scenario.schedule.days_between=abc", "scenario.schedule.sessions=3", "scenario.belief=5",
    "scenario.belief.kind=[a]",
    "scenario.belief.kind={a:1}", "scenario.belief.source=[a]", "scenario.observe=5", "scenario.observe.columns=belief",
    "scenario.observe.columns=[]", "scenario.observe.columns=[1]", "scenario.observe.columns=[[belief]]",
    "scenario.observe.rows=[skills]", "scenario.actions=5", "scenario.actions.finish=1", "scenario.outcome=5",
    "scenario.outcome.primary=[exam]", "scenario.outcome.primary=5", "scenario.curriculum=5", "scenario.curriculum=abc",
    "scenario.curriculum.n_skills=abc", "scenario.curriculum.n_skills=1000000000", "scenario.curriculum.branching=0",
    "scenario.curriculum.items=5", "scenario.curriculum.items=[]", "scenario.curriculum.items=[5]",
    "scenario.curriculum.items=[{minutes:abc}]", "scenario.curriculum.items=[{minutes:nan}]",
    "scenario.curriculum.name=[a]",
    "scenario.population=5", "scenario.population=abc", "scenario.population.sd=5", "scenario.population.sd.learn=abc",
    "scenario.population.groups=5", "scenario.population.groups=[5]", "scenario.unexpected=5",
    "scenario.unexpected.slow=5",
    "scenario.unexpected.slow.studnt=bkt", "scenario.unexpected.slow.student.lern=.1",
    "scenario.unexpected.slow.student.learn=abc", "scenario.unexpected.slow.student=nobody",
    "scenario.unexpected.slow.population=nobody", "scenario.unexpected.other=bkt",
    "scenario.unexpected.other.student=5",
    "scenario.assumptions=5", "scenario.sources=5", "scenario.name=x", "scenario.student._target_=5",
    "scenario.student._target_=nothing", "scenario.student._target_=zpdgym.students.BKTT",
    "scenario.student._target_=zpdgym.envs.Scenario", "scenario.student._target_=zpdgym.agents.Mastery",
    "scenario.student._target_=os.getcwd", "scenario.student._target_=zpdgym.students.check_curriculum",
    "scenario.curriculum._target_=zpdgym.students.BKT", "scenario.student.learn={a:1}", "scenario.student.learn=[[.1]]",
    "scenario.student.learn=[.1,.2]", "scenario.student.learn=[a,b,c]", "policy=[random]", "policy={a:1}", "policy=''",
    "policy.name=[a]", "policy.tune=5", "policy=''", "scenario=''", "scenario=[tiny]", "student=[bkt]", "student=''",
    "population=[alike]", "schedule=5", "curriculum=5", "seed=''", "seed=[0]", "save=[a]", "save={a:1}", "save=''",
    f"save={LONG}", f"save={CONTROL}/x", "save=nowhere/x.csv", "save=folder", "save=folder/", "save=link", "save=pipe",
    "save=file/x.csv", "save=.",   "student.leak=.1",
    f"scenario={LONG}", f"policy={LONG}", f"student={LONG}", f"policy.name={LONG}", f"scenario={CONTROL}",
    f"policy={CONTROL}",
    f"{LONG}=1", "=1", "=", "n_students", "n_students==5", "n_students=1_000_000_000", "n_students=1e12",
    "n_students=1000000000", "cohort_seed=99999999999999999999", "hydra.run.dir=/tmp/elsewhere",
    "hydra.nothing=1", "hydra/launcher=nothing", "~policy", "policy@x=random", "policy.threshold=.5",
)  # fmt: skip
"""What is wrong behind ``zpdgym evaluate scenario=tiny policy=random``."""

TWICE = (
    (*TEACH, "n_students=20"), (*TEACH, "seed=1", "seed=2"),
    (*TEACH, "scenario.student.leak=.1", "scenario.student.leak=.2"),
    (*TEACH[:2], "policy=mastery", "policy.threshold=.8", "policy.threshold=.9"), (*COMPARE, "seeds=1", "seeds=2"),
    (*COMPARE, "name=a", "name=b"), (*FIT, "data.path=log.csv"), ("bounds", "tiny", "n_students=5", "n_students=6"),
)  # fmt: skip
"""Keys that are there twice."""

OTHERS = (
    ("bounds", "tiny", "n_students=1000000000"), ("bounds", "tiny", "n_students=abc"),
    ("bounds", "tiny", "n_students=-1"),
    ("bounds", "tiny", "n_students=١٢"), ("bounds", "tiny", "student="), ("bounds", "tiny", f"student={LONG}"),
    ("bounds", LONG), ("bounds", ""), ("bounds", "folder"), ("bounds", "folder.yaml"), ("bounds", "/dev/null"),
    ("list", ""), ("list", LONG), ("list", "student", LONG), ("list", "student", "folder.yaml"), ("list", "policy", ""),
    ("list", "scenario", "folder.yaml"), ("list", "scenario", "../x"), ("list", "policy", "../policy/mastery"),
    ("report", ""), ("report", LONG), ("report", "file"), ("report", "folder"), ("report", "/dev/null"), (LONG,), ("",),
    (CONTROL,), ("evaluate", "--config-dir", "file"), ("evaluate", "--config-dir", LONG), ("evaluate", "--cfg", LONG),
    (*COMPARE, "seeds=1000000000"), (*COMPARE, "seeds=[1.5]"), (*COMPARE, "seeds=[-1]"), (*COMPARE, "seeds=[0,0]"),
    (*COMPARE, "seeds=1.5"), (*COMPARE, "seeds=true"), (*COMPARE, "seeds=99999999999999999999999"),
    (*COMPARE, "jobs=1e9"),
    (*COMPARE, "seeds=[99999999999999999999999]"), (*COMPARE, "policies=[[random]]"), (*COMPARE, "policies=[5]"),
    (*COMPARE, "policies=[{a:1}]"), (*COMPARE, "policies=random,random"), (*COMPARE, "scenarios=[5]"),
    (*COMPARE, "fewer_students.random=abc"), (*COMPARE, "fewer_students.nobody=10"),
    (*COMPARE, "fewer_students.random=1e9"),
    (*COMPARE, "train_on=[5]"), (*COMPARE, "train_on=[tiny]", "policies=ppo"), (*COMPARE, "tracking=[a]"),
    (*COMPARE, "tracking.project=[a]"), (*COMPARE, "experiment=nothing"), (*MATRIX, "students=[5]"),
    (*MATRIX, "students=nobody"), (*MATRIX, "students=[{name:x}]"), (*MATRIX, "seeds=1000000000"),
    (*TRAIN[:2], "policy=ppo_scorer", "policy.hidden=[0]"), (*TRAIN[:2], "policy=ppo_scorer", "lessons=1e15"),
    (*TRAIN[:2], "policy=ppo_scorer", "policy.num_envs=1e12"), (*TRAIN, "train_on=nothing"), (*TRAIN, "train_on=[[a]]"),
    (*TUNE, "policy.tune.space.streak=5"), (*TUNE, "policy.tune.space.nothing=[1]"), (*TUNE, "policy.tune.budget=abc"),
    (*TUNE, "space.n=5"), (*TUNE, "space.n=interval(1,6)"), (*TUNE, "space.n=glob(*)"), (*TUNE, "space.nothing=1,2"),
    (*TUNE, "space.n=range(1,1e12)"), (*TUNE, "space.n=int(interval(0,99))"), (*TUNE, "space.n={low: a, high: 2}"),
    (*TUNE, "space.n={low: 1}"), (*TUNE, "space.n=tag(log,interval(0,2))"), (*TUNE, "space=5"), (*TUNE, "lessons=10"),
    (*TUNE[:2], "policy=ppo_scorer", "space.gamma=interval(.9,2)"), (*TUNE[:2], "policy=ppo_scorer", "space.gamma=[]"),
    (*TUNE[:2], "policy=ppo_scorer", "policy.tune={space: {gamma: [.9]}, lessons: abc}"),
    (*TUNE, "policy.tune=abc"), (*TUNE[:2], "policy=random", "tune_budget=2"), (*FIT, "data.holdout=x"),
    (*FIT, "data.holdout=0"),
    (*FIT, "data.holdout=1"), (*FIT, "data.holdout=-0.1"), (*FIT, "data.holdout=nan"), (*FIT, "data.holdout=[1]"),
    (*FIT, "data.holdout=true"), (*FIT, "data.columns=5"), (*FIT, "data.columns.student=[a]"),
    (*FIT, "data.columns.nobody=a"),
    (*FIT, "data.time_unit=[a]"), (*FIT, "data.time_unit=5"), (*FIT, "data.encoding=nothing"),
    (*FIT, "data.encoding=5"),
    (*FIT, "data.separator=abc"), (*FIT, "data.separator=5"), (*FIT, "data.separator=''"),
    (*FIT, "data.max_malformed=abc"),
    (*FIT, "data.max_malformed=2"), (*FIT, "data.max_malformed=nan"), (*FIT, "data.test=nothing.csv"),
    (*FIT, "data.test=5"),
    (*FIT, "data.test=folder"), ("calibrate", "data.path=folder"), ("calibrate", "data.path=5"),
    ("calibrate", "data.path=[a]"),
    ("calibrate", f"data.path={LONG}"), ("calibrate", "data.path=''"), ("calibrate", "data.path=/dev/null"),
    (*FIT, "data._target_=5"), (*FIT, "data._target_=os.system"), (*FIT, "model._target_=os.system"),
    (*FIT, "model.starts=1000000000"),
    (*FIT, "model.starts=1e12"), (*FIT, "model.min_answers=1", "model.starts=1000000000"), (*FIT, "model=5"),
    (*FIT, "model.max_iterations=1000000000000"), (*FIT, "world.n_skills=-1"), (*FIT, "world.n_skills=1e12"),
    (*FIT, "world.n_students=1000000000000"), (*FIT, "world.forget=nan"), (*FIT, "world.seed=[1]"),
    (*FIT, "world.nothing=1"),
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    places = {"folder/x": "", "file": "", "link": _dangling, "pipe": os.mkfifo, "log.csv": LOG, "folder.yaml/x": ""}
    for number, value in enumerate(VALUES):
        yield Case("values, command line", value[:120], (*TEACH, value), files=places, real=number % 25 == 0)
    for line in TWICE:
        yield Case("the same key twice", " ".join(line)[-60:], line, files=places)
    for number, line in enumerate(OTHERS):
        yield Case("other command lines", " ".join(line)[-120:], line, files=places, real=number % 25 == 0)
    yield from _places(places)


def _places(places: dict[str, Content]) -> Iterator[Case]:
    """Results and names that cannot be written to, or lead elsewhere."""
    results = ("file", "link", "pipe", "", LONG, "file/x", "[a]", "{a:1}", "null", "\x00")
    names = (
        "",
        ".",
        "..",
        "../x",
        "a/b",
        LONG,
        CONTROL,
        "[a]",
        "{a:1}",
        "con\\x",
        "-x",
        " ",
        f"x/../../{CANARY}",
    )
    for number, (verb, line) in enumerate(WRITING.items()):
        for value in results:
            yield Case("results", f"{verb} results={value}"[:80], (*line, f"results={value}"), files=places)
        for value in names[number % 2 :: 2] if number else names:
            yield Case("names", f"{verb} name={value}"[:80], (*line, f"name={value}"), files=places)


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere/at/all")
