"""Bad files: YAML, curricula, logs of answers, teachers, results; some of them from somebody who means harm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml
from zpdgym.configs.build import CONFIGS

from benchmarks.bad_inputs.lines import COMPARE, FIT, LOG, TEACH
from benchmarks.bad_inputs.trial import CANARY, Case

TEACHER = Path(__file__).resolve().parents[2] / "tests" / "data" / "teacher_0_1"
TINY: dict[str, object] = yaml.safe_load((CONFIGS / "scenario" / "Tiny-v0.yaml").read_text(encoding="utf-8"))
TOUCH = f"touch ../{CANARY}"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
DEEP = "a: " + "[" * 5000 + "]" * 5000 + "\n"
YAML: dict[str, str | bytes] = {
    "nothing": "", "a number": "5\n", "a list": "- a\n", "a text": "abc\n", "bytes": b"\x00\x01\xff\xfe",
    "half": "a: [\n",
    "a tab": "a:\n\t- b\n", "no target": "threshold: 0.5\n", "target a number": "_target_: 5\n",
    "target a list": "_target_: [a]\n",
    "target null": "_target_: null\n", "unknown target": "_target_: zpdgym.agents.Nobody\n",
    "a function": "_target_: zpdgym.make\n",
    "another kind": "_target_: zpdgym.students.Curriculum\n", "a module": "_target_: zpdgym.agents\n",
    "os.system": f"_target_: os.system\ncommand: '{TOUCH}'\n",
    "subprocess": f"_target_: subprocess.getoutput\ncmd: '{TOUCH}'\n",
    "exec": f"_target_: builtins.exec\nsource: 'import os; os.system(\"{TOUCH}\")'\n",
    "through ours": f"_target_: zpdgym.experiments.runs.os.system\ncommand: '{TOUCH}'\n",
    "through files": f"_target_: zpdgym.files.os.system\ncommand: '{TOUCH}'\n",
    "a python tag": f"!!python/object/apply:os.system ['{TOUCH}']\n", "bomb": BOMB, "deep": DEEP,
    "itself": "a: &a {b: *a}\n",
    "twice": "_target_: zpdgym.agents.Mastery\nthreshold: 0.8\nthreshold: 0.9\n",
    "sexagesimal": "_target_: zpdgym.agents.Mastery\nthreshold: 0:30\n",
    "a date": "_target_: zpdgym.agents.Mastery\nthreshold: 2026-01-01\n",
    "a key of numbers": "1: 2\n_target_: zpdgym.agents.Mastery\n",
    "a key null": "_target_: zpdgym.agents.Mastery\nnull: 1\n",
    "a key list": "? [a, b]\n: 1\n_target_: zpdgym.agents.Mastery\n",
    "an unknown key": "_target_: zpdgym.agents.Mastery\nthreshhold: 0.8\n",
    "hydra": "_target_: zpdgym.agents.Mastery\nhydra: {run: {dir: /tmp/x}}\n",
    "a resolver": "_target_: zpdgym.agents.Mastery\nthreshold: ${oc.env:HOME}\n",
    "missing": "_target_: zpdgym.agents.Mastery\nthreshold: ???\n",
    "two documents": "_target_: zpdgym.agents.Mastery\n---\na: 1\n",
    "infinity": "_target_: zpdgym.agents.Mastery\nthreshold: .inf\n",
    "not a number": "_target_: zpdgym.agents.Mastery\nthreshold: .nan\n",
}  # fmt: skip
SCENARIO: dict[str, object] = {
    "name": True, "curriculum": {}, "student": {}, "schedule": {}, "observe": {"columns": ["nothing"]}, "nothing": 1,
    "belief": {"kind": 5},
    "reward": {"kind": None}, "unexpected": {"../../x": {"population": None}}, "actions": {"finsh": True},
    "outcome": {"primary": "best"},
    "population": {"_target_": "zpdgym.students.BKT"}, "sources": [], "assumptions": {},
}  # fmt: skip
GOOD = "skill,topic,prerequisites,item,approach,difficulty,minutes,exam\n"
GOOD += "a,,,a1,practice,0,2,yes\nb,,a,b1,practice,0,2,yes\n"
CURRICULA: dict[str, str | bytes] = {
    "nothing": "", "no rows": GOOD.splitlines()[0] + "\n", "bytes": b"\x00\xff\xfe", "a workbook": b"PK\x03\x04",
    "no header": "a,b\n1,2\n",
    "a cycle": GOOD.replace("a,,,a1", "a,,b,a1"), "an unknown prerequisite": GOOD.replace("b,,a", "b,,zz"),
    "text for a number": GOOD.replace("practice,0,2", "practice,hard,2"),
    "nan": GOOD.replace("practice,0,2", "practice,nan,2"),
    "infinity": GOOD.replace("0,2,yes", "0,inf,yes"), "no minutes": GOOD.replace("0,2,yes", "0,0,yes"),
    "minutes below 0": GOOD.replace("0,2,yes", "0,-1,yes"), "an unknown approach": GOOD.replace("practice", "practise"),
    "an item twice": GOOD + "a,,,a1,guided,0,2,\n", "a quote": GOOD.replace("b1", '"b1'),
    "exam maybe": GOOD.replace("yes", "maybe"),
    "no exam at all": GOOD.replace("yes", "no"), "one column more": GOOD.replace("yes", "yes,1"),
    "a column twice": "skill," + GOOD,
    "200 000 digits": GOOD.replace("practice,0", f"practice,{'9' * 200_000}"),
    "a long name": GOOD.replace("b1", "b" * 200_000),
}  # fmt: skip
LOGS: dict[str, str | bytes] = {
    "nothing": "", "no rows": "student,skill,correct\n", "bytes": b"\x00\xff\xfe\x00", "a workbook": b"PK\x03\x04",
    "other columns": "a,b,c\n1,2,3\n",
    "answers of 2": LOG.replace(",1\n", ",2\n"), "too few answers": LOG, "ragged": LOG + "a,b\n" * 40,
    "a column twice": "student," + LOG,
    "no student": LOG.replace("p1", ""), "a quote": LOG + '"a,b,1\n', "nul": LOG + "\x00,b,1\n",
    "times": LOG.replace("correct", "correct,time", 1),
}  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    tests = (
        "policy=f.yaml",
        "student=f.yaml",
        "scenario=f.yaml",
        "curriculum=f.yaml",
        "population=f.yaml",
        "schedule=f.yaml",
    )
    for number, (name, text) in enumerate(YAML.items()):
        for place in (tests[0], tests[1 + number % 5]):
            line = [word for word in TEACH if not word.startswith(place.partition("=")[0])] + [place]
            yield Case("YAML", f"{place}: {name}", tuple(line), files={"f.yaml": text}, real=number % 20 == 0)
        if number % 3 == 0:
            yield Case("YAML", f"experiment: {name}", ("compare", "experiment=f.yaml"), files={"f.yaml": text})
            yield Case("YAML", f"matrix: {name}", ("robustness", "matrix=f.yaml"), files={"f.yaml": text})
        if number % 4 == 0:
            own = (*TEACH[:2], "policy=mine", "n_students=10", "--config-dir", "own")
            yield Case("YAML", f"--config-dir: {name}", own, files={"own/policy/mine.yaml": text})
    for key, value in SCENARIO.items():
        text = yaml.safe_dump({**TINY, key: value})
        yield Case(
            "scenario, YAML", f"{key}: {value}", ("evaluate", "scenario=f.yaml", *TEACH[2:]), files={"f.yaml": text}
        )
    for key in (
        "seeds",
        "n_students",
        "lessons",
        "tune_budget",
        "lives",
        "unexpected",
        "policies",
        "fewer_students",
    ):
        for value in ("abc", [[1]], -1, 1e12, 10**30):
            text = yaml.safe_dump({"scenarios": ["tiny"], "policies": ["random"], "tracking": "none", key: value})
            yield Case("experiment, YAML", f"{key}: {value}", ("compare", "experiment=f.yaml"), files={"f.yaml": text})
    for name, text in CURRICULA.items():
        line = (
            "evaluate",
            "scenario=algebra",
            "curriculum.path=c.csv",
            "student=typical",
            "policy=random",
            "n_students=10",
        )
        yield Case("curricula", name, line, files={"c.csv": text})
    for name, text in LOGS.items():
        yield Case("logs", name, FIT, files={"log.csv": text})
    yield from _teachers()
    yield from _results()


def _teachers() -> Iterator[Case]:
    card = json.loads((TEACHER / "teacher.json").read_text(encoding="utf-8"))
    line = ("evaluate", f"scenario={card['trained_on'][0]}", "policy=saved", "policy.path=t", "n_students=10")
    for number, key in enumerate(card):
        if key in ("name", "scenario"):
            continue  # any text is one
        for value in (None, 5, [], "x" * 300)[number % 2 :: 2]:
            change = partial(_teacher, {**card, key: value})
            yield Case("teachers", f"{key}: {value}"[:60], line, files={"t": change})
    for name in ("teacher.json", "weights.safetensors"):
        for what in ("cut", "empty", "gone", "pickle", "folder"):
            yield Case("teachers", f"{name}: {what}", line, files={"t": partial(_damaged, name, what)})
    for value in ("''", "t.zip", "5", "[a]", "x" * 300, "/dev/null"):
        yield Case(
            "teachers",
            f"path={value}"[:60],
            (*line[:3], f"policy.path={value}"),
            files={"t.zip": b"PK\x05\x06" + bytes(18)},
        )
    yield Case("teachers", "trusted", (*line[:3], "policy.path=t.zip", "policy.trust=true"), files={"t.zip": b"no zip"})


def _teacher(card: dict[str, object], folder: Path) -> None:
    shutil.copytree(TEACHER, folder)
    (folder / "teacher.json").write_text(json.dumps(card), encoding="utf-8")


def _damaged(name: str, what: str, folder: Path) -> None:
    shutil.copytree(TEACHER, folder)
    _damage(folder / name, what)


def _damage(path: Path, what: str) -> None:
    data = path.read_bytes() if path.is_file() else b""
    if what in ("gone", "folder"):
        path.unlink(missing_ok=True)
        if what == "folder":
            path.mkdir()
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "pickle": b"\x80\x04N.", "text": b"{]"}[what])


def _results() -> Iterator[Case]:
    """Folders of results that are none, or no longer."""
    where = "results/comparison"
    for name in ("experiment.json", "matrix.yaml", "table.json"):
        for what in ("empty", "text", "folder") if name != "table.json" else ("folder",):
            put = {f"{where}/{name}": partial(_damage, what=what)}
            yield Case("results", f"report: {name} {what}", ("report", where), files=put)
            if what == "folder":  # a file is written anew
                yield Case("results", f"compare: {name} {what}", COMPARE, files=put)
    for name in ("done", "students.csv", "curves.npz", "config.yaml", "run.json"):
        put = {
            f"{where}/Tiny-v0/random/seed0/done": "0" * 64,
            f"{where}/Tiny-v0/random/seed0/{name}": partial(_damage, what="text"),
        }
        yield Case("results", f"compare: a run with a {name} that is none", COMPARE, files=put)
    yield Case("results", "a run's folder is a file", COMPARE, files={f"{where}/Tiny-v0/random/seed0": ""})
    yield Case("results", "a scenario's folder is a file", COMPARE, files={f"{where}/Tiny-v0": ""})
    yield Case("results", "the experiment's folder is a file", COMPARE, files={where: ""})
    yield Case("results", "foreign files", COMPARE, files={f"{where}/Tiny-v0/random/seed0/mine.txt": "mine"})
    yield Case(
        "results", "calibrate: another's folder", FIT, files={"results/calibration/mine.txt": "", "log.csv": LOG}
    )
    yield Case("results", "calibrate: a file", FIT, files={"results/calibration": "", "log.csv": LOG})
