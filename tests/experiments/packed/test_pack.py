"""``zpdgym pack``: a folder with a tutor as data, of runs, teachers and policies; what cannot be packed is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
import yaml
import zpdgym
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.registry import build_policy
from zpdgym.envs import Scenario
from zpdgym.errors import CannotWrite, InputError
from zpdgym.experiments.packed import pack as packing
from zpdgym.experiments.packed.bundle import BUNDLE
from zpdgym.experiments.packed.contents import About, contents
from zpdgym.experiments.packed.digest import checksum
from zpdgym.experiments.packed.note import note
from zpdgym.experiments.store.whole import files_of
from zpdgym.scripts.cli import main
from zpdgym.seal import Seal

from benchmarks.packed.teachers import drawn_scorer
from benchmarks.packed.worlds import misconceptions

CAN = "trained item scorers such as ppo_scorer, tuned_index, and mastery with its tuned forms can"
FILES = ["README.md", "play.html", "tutor.js", "tutor.json"]
RUN = "results/training/KT6KC-v1/mastery_tuned/seed0"
TUNED = ("scenario=kt6kc", "policy=mastery_tuned", "tune_budget=2", "n_students=10", "unexpected=false")


@pytest.fixture(scope="module")
def world():
    return Scenario.load("kt6kc")


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(folder):
    return json.loads((folder / "tutor.json").read_text(encoding="utf-8"))


def texts(value):
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(part)


def test_a_folder_holds_the_tutor_the_program_and_a_page(tmp_path, capsys):
    assert main(["pack", "mastery", "scenario=kt6kc", "to=tutor"]) == 0
    folder = tmp_path / "tutor"
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "tutor: mastery with a graph belief, for 6 skills and 6 items of KT6KC-v1"
    assert "not validated with pupils" in said[-1]
    assert sorted(os.listdir(folder)) == FILES
    assert (folder / "tutor.js").read_bytes() == BUNDLE.read_bytes()
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert "**It was not validated with pupils.**" in page
    assert "6 skills and 6 items (KT6KC-v1, policy mastery)" in page
    assert "{" not in page.replace('{"type": "module"}', "").partition("## Using it")[0]
    packed = read(folder)
    assert packed["checksum"] == checksum(packed)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on the PATH: nobody tried what the page says")
def test_what_the_page_says_of_using_it_works(tmp_path):
    zpdgym.pack("mastery", to="tutor", scenario="kt6kc")
    page = (tmp_path / "tutor" / "README.md").read_text(encoding="utf-8")
    program = "".join(f"{line[4:]}\n" for line in page.splitlines() if line.startswith("    "))
    (tmp_path / "tutor" / "use.mjs").write_text(program)
    (tmp_path / "tutor" / "package.json").write_text('{"type": "module"}')
    run = subprocess.run(["node", "use.mjs"], cwd=tmp_path / "tutor", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("known:") == 6


def test_the_same_is_packed_twice_byte_for_byte(tmp_path, world):
    drawn_scorer(world, seed=1).save("teacher")
    for to in ("one", "two"):
        zpdgym.pack("teacher", to=to)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_is_packed_is_data_about_the_curriculum_and_nobody(world):
    """Every text is a name of the curriculum, or a word of the format; no number tells of students."""
    packed = contents(world, drawn_scorer(world, seed=1))
    curriculum = world.curriculum
    known = {*curriculum.skills, *curriculum.items, *curriculum.topics, curriculum.name, "practice"}
    known |= {column["name"] for column in packed["observation"]["columns"]} | {"graph", "scorer", "ppo_scorer"}
    known |= {"KT6KC-v1", f"zpdgym {zpdgym.__version__}", packed["checksum"]}
    assert set(texts(packed)) <= known
    assert {column["name"] for column in packed["observation"]["columns"]} == set(world.column_names)
    words = {"student", "students", "cohort", "seed", "pupil", "path", "_target_"}
    assert not words & set(json.dumps(packed).split('"')[1::2])


def sealed(run):
    """Forge the seal of a run whose files were changed."""
    mark = run.joinpath("done").read_text().splitlines()[0]
    run.joinpath("done").write_text(Seal.of(mark, run, files_of(run)).text())


def test_a_run_is_packed_as_it_was_tuned(tmp_path, world):
    assert main(["train", *TUNED, "tracking=none"]) == 0
    packed = read(zpdgym.pack(RUN, to="tutor").folder)
    tuned = json.loads((tmp_path / RUN / "tuning.json").read_text())["spec"]
    assert packed["policy"]["name"] == "mastery_tuned"
    assert packed["policy"]["threshold"] == tuned["threshold"]
    assert packed["belief"]["learn"] == Scenario.load("kt6kc").belief_parameters["learn"]
    with pytest.raises(InputError, match="a run says itself what it taught"):
        zpdgym.pack(RUN, to="again", scenario="kt6kc")
    teacher = drawn_scorer(world, seed=1)
    teacher.save(tmp_path / RUN / "teacher")
    sealed(tmp_path / RUN)
    packed = read(zpdgym.pack(RUN, to="trained").folder)
    np.testing.assert_array_equal(packed["policy"]["prior"], teacher.network.prior)
    config = yaml.safe_load((tmp_path / RUN / "config.yaml").read_text())
    for change, said in (
        ({"sections": {**config["sections"], "student": {"_target_": "os.system"}}}, r"os\.system.* is refused"),
        ({"sections": ...}, r"is a run of a matrix of several kinds of students: give its folder teacher/"),
    ):
        told = {key: value for key, value in (config | change).items() if value is not ...}
        (tmp_path / RUN / "config.yaml").write_text(yaml.safe_dump(told))
        sealed(tmp_path / RUN)
        with pytest.raises(InputError, match=said):
            zpdgym.pack(RUN, to="again")
    (tmp_path / RUN / "tuning.json").write_text("{}")
    with pytest.raises(InputError, match=r"is damaged: tuning\.json was changed"):
        zpdgym.pack(RUN, to="again")
    (tmp_path / RUN / "done").unlink()
    with pytest.raises(InputError, match="is no finished run"):
        zpdgym.pack(RUN, to="again")
    assert not (tmp_path / "again").exists()


def test_a_run_is_not_packed_with_a_curriculum_that_was_changed_since(tmp_path, capsys):
    mine = tmp_path / "mine.csv"
    mine.write_text("skill,prerequisites\nCounting,\nAdding,Counting\n")
    change = "scenario=algebra curriculum.path=mine.csv student=typical policy=mastery n_students=10 unexpected=false"
    assert main(["train", *change.split()]) == 0
    (run,) = (path.parent for path in (tmp_path / "results").rglob("done"))
    assert main(["pack", str(run), "to=tutor"]) == 0
    assert read(tmp_path / "tutor")["curriculum"]["skills"] == ["Counting", "Adding"]
    mine.write_text("skill,prerequisites\nAdding,\nCounting,Adding\n")
    capsys.readouterr()
    assert main(["pack", str(run), "to=other"]) == 2
    assert f"{mine} is not what it was when" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_teacher_is_packed_from_its_own_folder(tmp_path, world):
    """For the scenario on its card, or for another one with the same items."""
    teacher = drawn_scorer(world, seed=1)
    teacher.save("teacher")
    packed = read(zpdgym.pack("teacher", to="tutor").folder)
    assert (packed["scenario"], packed["policy"]["kind"]) == ("KT6KC-v1", "scorer")
    np.testing.assert_array_equal(packed["policy"]["prior"], teacher.network.prior)
    assert read(zpdgym.pack("teacher", to="same", scenario="KT6KC-v1").folder) == packed
    with pytest.raises(InputError, match="cannot teach Practice-v1"):
        zpdgym.pack("teacher", to="other", scenario="practice")
    (tmp_path / "teacher" / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(InputError, match="checksum"):
        zpdgym.pack("teacher", to="other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["mastery", "scenario=algebra"], "pack needs to=FOLDER: where the tutor is written"),
        (["to=x"], "pack needs the folder of a run or a teacher, or a policy; 0 given"),
        (["mastery", "scenario=algebra", "too=x"], "unknown key 'too'. Did you mean 'to'?"),
        (["mastery", "to=x"], "policy mastery: say which scenario it is to teach, scenario=<name or file>"),
        (["mastry", "scenario=algebra", "to=x"], "unknown policy 'mastry'. Did you mean 'mastery'?"),
        (["mastery", "scenario=algebr", "to=x"], "unknown scenario 'algebr'. Did you mean 'Algebra-v1'?"),
        (["results/mine", "to=x"], "there is no folder 'results/mine'"),
        (["ppo_scorer", "scenario=kt6kc", "to=x"], "policy ppo_scorer is not trained yet: give the folder of a run"),
        (["streak", "scenario=kt6kc", "to=x"], f"packing KT6KC-v1: policy streak cannot be packed ({CAN})"),
        (["oracle_index", "scenario=kt6kc", "to=x"], "packing KT6KC-v1: policy oracle_index cannot be packed"),
        (["mastery", "scenario=game", "to=x"], "packing Game-v0: a belief of kind elo cannot be packed (bkt, graph, "),
        (["mastery", "scenario=tiny", "to=x"], "packing Tiny-v0: a belief of kind exact cannot be packed"),
        (["mastery", "scenario=placement", "to=x"], "items that are forbidden at times (actions) cannot be packed"),
    ],
)
def test_what_cannot_be_packed_gets_one_line_and_nothing_is_written(line, said, capsys, tmp_path):
    assert main(["pack", *line]) == 2
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if not line.startswith("compiling kernels")]
    assert len(lines) == 1
    assert said in lines[0]
    assert told.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"observe": {"rows": "items", "columns": ["belief", "ready", "tries"]}}, "a row for each of the items"),
        (
            {"observe.columns": ["belief", "ready", "tries", {"_target_": "columns.Twice"}]},
            "a column of your own is code, and cannot be packed (twice)",
        ),
        ({"belief.hints": [[[0.4, 0.3, 0.2, 0.1]] * 2] * 2}, "looks at response times or hints cannot be packed"),
    ],
)
def test_so_do_scenarios_that_show_or_read_more(change, said, own_module):
    own_module(
        "columns",
        "import numpy as np\n\n\nclass Twice:\n    name, scale = 'twice', 1.0\n    text = 'twice the belief'\n\n"
        "    def __call__(self, tutor):\n        return np.minimum(2 * tutor.believed(), 1)\n",
    )
    numbers = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
    scenario = Scenario.load("kt6kc", change={"belief": numbers, **change})
    with pytest.raises(InputError) as refused:
        zpdgym.pack("mastery", to="tutor", scenario=scenario)
    assert said in str(refused.value)


def test_a_name_that_no_file_can_hold_is_refused():
    replace = {
        "curriculum": {"_target_": "zpdgym.students.independent", "skills": ["whole", "half \ud800"]},
        "student": {"_target_": "zpdgym.students.BKT"},
        "population": None,
    }
    numbers = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
    scenario = Scenario.load("kt6kc", replace=replace, change={"belief": numbers, "unexpected": {}})
    with pytest.raises(InputError, match="has half a letter in it, which no file can hold"):
        zpdgym.pack("mastery", to="tutor", scenario=scenario)


def test_folders_that_are_no_run_are_told_from_those_that_hold_many(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match=r"mine is neither the folder of a run \(with config.yaml\) nor that of a"):
        zpdgym.pack("mine", to="tutor")
    (tmp_path / "mine" / "experiment.json").write_text("{}")
    with pytest.raises(InputError, match=r"mine holds many runs: give the folder of one, such as mine/SCENARIO/POL"):
        zpdgym.pack("mine", to="tutor")


def test_what_is_there_stays_and_nothing_is_left_half_written(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="to=there exists: give a folder that does not"):
        zpdgym.pack("mastery", to="there", scenario="kt6kc")
    write, written = packing.write_bytes, []

    def full(path, data):
        if written:
            raise CannotWrite(f"{path} cannot be written: no space left on device")
        written.append(path)
        write(path, data)

    monkeypatch.setattr(packing, "write_bytes", full)
    with pytest.raises(CannotWrite):
        zpdgym.pack("mastery", to="tutor", scenario="kt6kc")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_policy_of_another_class_is_not_taken_for_the_one_it_builds_on(world):
    """It may choose otherwise, and nobody would notice."""

    class Mine(type(build_policy("mastery"))):
        pass

    for policy in (Mine(), Teacher):
        with pytest.raises(InputError, match=r"policy \w+ cannot be packed"):
            contents(world, policy)


def test_the_page_beside_a_tutor_who_is_told_no_options_says_so():
    told = []
    for seen in (True, False):
        numbers = misconceptions(Scenario.load("practice").curriculum, seed=0)
        numbers |= {"source": "given", "options_seen": seen}
        scenario = Scenario.load("practice", change={"belief": numbers})
        about = About.of(contents(scenario, build_policy("mastery")))
        told.append((about.belief, "option that was chosen" in note(about)))
    assert told == [("misconceptions", True), ("misconceptions (options hidden)", False)]
