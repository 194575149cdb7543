"""A learnt teacher's files: read by everybody, never executed, refused by name when they are damaged."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS, read_teacher, write_teacher
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.errors import InputError

from tests.agents.learnt.helpers import PPO, rewrite_card

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import sb3  # noqa: E402 (needs torch)


@pytest.mark.parametrize("name", PPO)
def test_a_saved_teacher_teaches_the_same(name, teachers, tiny, tmp_path):
    teachers[name].save(tmp_path)
    loaded = build_policy({"_target_": "zpdgym.agents.Saved", "path": str(tmp_path)})
    wanted = teach(tiny, teachers[name], n_students=100, cohort_seed=3).outcomes["exam"]
    np.testing.assert_array_equal(teach(tiny, loaded, n_students=100, cohort_seed=3).outcomes["exam"], wanted)


def test_teaching_needs_no_torch(teachers, tmp_path):
    teachers["ppo_scorer"].save(tmp_path)
    code = (
        "import sys; from zpdgym.agents.learnt.teacher import Teacher; from zpdgym.agents.rollouts import teach; "
        "from zpdgym.envs.scenario import Scenario; "
        f"teach(Scenario.load('tiny'), Teacher.load({str(tmp_path)!r}), n_students=5, cohort_seed=0); "
        "sys.exit(any(m.split('.')[0] in ('torch', 'stable_baselines3') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch_training_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from zpdgym.errors import InputError\n"
        "try:\n import zpdgym.agents.learnt.sb3\n"
        "except InputError as error:\n sys.exit('zpdgym[rl]' not in str(error))\n"
        "sys.exit(2)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class Bomb:
    """Unpickling this would write a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (open, (str(self.target), "w"))


def test_a_pickle_that_poses_as_a_teacher_is_never_executed(teachers, tmp_path):
    import zipfile

    target = tmp_path / "executed"
    bomb = pickle.dumps(Bomb(target))
    teachers["ppo"].save(tmp_path / "weights")
    (tmp_path / "weights" / WEIGHTS).write_bytes(bomb)
    teachers["ppo"].save(tmp_path / "card")
    (tmp_path / "card" / CARD).write_bytes(bomb)
    (tmp_path / "bare.pkl").write_bytes(bomb)
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.writestr("data", json.dumps({"policy_class": {":serialized:": "gASV"}}))
        archive.writestr("policy.pth", bomb)
    for path in ("weights", "card", "bare.pkl", "model.zip"):
        with pytest.raises(InputError, match=path):
            Saved(str(tmp_path / path))
    with pytest.raises(InputError, match=r"trust=true"):
        sb3.load_sb3_zip(tmp_path / "model.zip")
    assert not target.exists()


def test_weights_whose_header_begins_like_a_pickle_are_read(tmp_path):
    """A safetensors file begins with the length of its header, which may be any number."""
    firsts = set()
    for length in range(1, 100):
        write_teacher(tmp_path, {}, {"x" * length: np.ones(2, np.float32)})
        firsts.add((tmp_path / WEIGHTS).read_bytes()[0])
        assert list(read_teacher(tmp_path)[1]) == ["x" * length]
    assert 0x80 in firsts


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / WEIGHTS).unlink(), "weights.safetensors is missing"),
        (lambda f: (f / CARD).unlink(), "teacher.json is missing"),
        (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-40]), "truncated"),
        (lambda f: (f / WEIGHTS).write_bytes(b""), "truncated"),
        (lambda f: (f / CARD).write_text((f / CARD).read_text()[:50]), "not JSON"),
        (lambda f: (f / CARD).write_text("[1]"), "'format' is missing"),
        (lambda f: rewrite_card(f, lambda c: c.update(format=99)), "format 99"),
        (lambda f: rewrite_card(f, lambda c: c["settings"].pop("ready")), "not a complete teacher"),
        (lambda f: rewrite_card(f, lambda c: c.update(network="other")), "not a complete teacher"),
        (lambda f: rewrite_card(f, lambda c: c.update(finish="no")), "wrong kind"),
        (lambda f: rewrite_card(f, lambda c: c["columns"].append("belief2")), "should have shape"),
        (lambda f: rewrite_card(f, lambda c: c["settings"].update(hidden=[64])), "should have shape"),
        (lambda f: rewrite_card(f, lambda c: c["shapes"].pop("prior")), "does not hold the arrays"),
    ],
)
def test_damaged_files_are_refused_by_name(damage, says, teachers, tmp_path):
    teachers["ppo_scorer"].save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=says) as error:
        Teacher.load(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_the_folder_of_a_run_says_where_its_teacher_is(teachers, tmp_path):
    teachers["ppo_scorer"].save(tmp_path / "seed0" / "teacher")
    with pytest.raises(InputError, match=r"seed0 is the folder of a run; its teacher is at .*seed0/teacher"):
        Saved(str(tmp_path / "seed0"))
    assert Saved(str(tmp_path / "seed0" / "teacher")).name == "ppo_scorer"


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("constant.item_rows", lambda a: a + 100, "do not exist"),
        ("constant.children", lambda a: a - 100, "do not exist"),
        ("constant.columns", lambda a: a.astype(np.float32), "do not exist"),
        ("prior", lambda a: a * np.float32("nan"), "not finite"),
        ("prior", lambda a: a.astype(np.float64), "float64"),
        ("extra", lambda a: np.zeros(3, np.float32), "does not belong"),
    ],
)
def test_arrays_that_would_mislead_the_kernels_are_refused(name, change, says, teachers, tmp_path):
    good = teachers["ppo_scorer"]
    bad = Teacher(good.card, good.weights)
    bad.weights = {**good.weights, name: change(good.weights.get(name, np.zeros(())))}
    bad.save(tmp_path)
    with pytest.raises(InputError, match=says):
        Teacher.load(tmp_path)
