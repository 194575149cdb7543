"""Training networks that imitate students: deterministic, as the papers define it, and blind to causes."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.calibration.calibrate import calibrate
from zpdgym.experiments.calibration.dkt import DeepTracing, _first_weights, _Network, imitate, main, train
from zpdgym.experiments.calibration.dkt_lessons import Lessons, foretold, lessons_of, random_items, random_lessons
from zpdgym.experiments.calibration.logs import Log
from zpdgym.experiments.store.fingerprint import data_files
from zpdgym.students import DKT, InputError, allocate_outcome
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.neural.dkt_files import BUNDLED, CARD, WEIGHTS, write_network

pytest.importorskip("torch")

SMALL = DeepTracing(hidden=8, epochs=4, patience=4, batch=32)


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    """A network for Tiny, and what was said while it was trained."""
    folder, said = tmp_path_factory.mktemp("net"), []
    model = imitate(
        tiny, folder, settings=DeepTracing(hidden=12, epochs=20), n_students=1500, n_test=800, say=said.append
    )
    return model, folder, said


def test_the_same_seed_gives_the_same_bytes(tiny, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        imitate(tiny, tmp_path / name, settings=SMALL, n_students=200, n_test=100, seed=seed)
    files = {name: [(tmp_path / name / f).read_bytes() for f in (CARD, WEIGHTS)] for name in "abc"}
    assert files["a"] == files["b"]
    assert files["a"][1] != files["c"][1]


def test_training_leaves_torchs_settings_alone():
    import torch

    torch.manual_seed(3)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(3)
    train(answers([[0, 1, 1], [1, 0, 1], [1, 1, 1]]), 1, SMALL)
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads


def answers(rows, items=None):
    """Lessons from lists of answers, on item 0 unless said otherwise."""
    offsets = np.cumsum([0] + [len(r) for r in rows])
    flat = np.concatenate([np.array(r) for r in rows]).astype(np.int8)
    item = np.zeros(len(flat), np.int64) if items is None else np.concatenate([np.array(r) for r in items])
    return Lessons("made up", offsets, item, flat)


def test_the_loss_is_that_of_the_papers():
    """Cross-entropy one answer ahead, reconstruction and both kinds of waviness, from the student's own predictions."""
    lessons = answers([[1, -1, 0], [0, 1]], [[1, 0, 3], [3, 1]])
    g = np.random.default_rng(0)
    network = _Network(_first_weights(lessons, 4, SMALL, g), SMALL)
    items, told = lessons.padded()
    y = network.predict(items, told).sigmoid().detach().numpy().astype(float)
    found = {k: float(v.detach()) for k, v in network.losses(items, told).items()}
    assert y.shape == (2, 4, 4)
    entropy = lambda p, a: -np.log(p if a else 1 - p)  # noqa: E731
    asked = [(0, 0, 1, 1), (0, 2, 3, 0), (1, 0, 3, 0), (1, 1, 1, 1)]  # student, lesson, item, answer
    assert found["ahead"] == pytest.approx(np.mean([entropy(y[s, t, m], a) for s, t, m, a in asked]), abs=1e-6)
    after = [entropy(y[s, t + 1, m], a) for s, t, m, a in asked]
    assert found["reconstruction"] == pytest.approx(np.mean(after), abs=1e-6)
    steps = np.concatenate([np.diff(y[0], axis=0), np.diff(y[1, :3], axis=0)])
    assert found["waviness_l1"] == pytest.approx(np.abs(steps).mean(), abs=1e-6)
    assert found["waviness_l2"] == pytest.approx((steps**2).mean(), abs=1e-6)


def test_the_student_computes_what_torch_computes(tmp_path, tiny):
    """The kernels against torch's own LSTM, an independent implementation."""
    lessons = random_lessons(tiny, n_students=30, seed=5)
    network = _Network(_first_weights(lessons, 3, SMALL, np.random.default_rng(1)), SMALL)
    write_network(tmp_path, network.weights(), tiny.curriculum, {})
    model = DKT(tiny.curriculum, weights=tmp_path)
    items, told = lessons.padded()
    y = network.predict(items, told).sigmoid().detach().numpy()
    expected = np.take_along_axis(y[:, :-1], items[:, :, None], axis=2)[:, :, 0].ravel()
    assert foretold(model, lessons) == pytest.approx(expected, abs=2e-6)


def test_a_network_foretells_better_than_its_rivals_and_never_better_than_the_truth(made):
    model, folder, said = made
    held = model.card["about"]["held_out"]
    assert held["truth"]["log_loss"] < held["log_loss"] < held["log_loss_of_skill_mean"]
    assert held["log_loss"] < held["bkt"]["log_loss"] + 0.003
    assert held["auc"] > held["auc_of_skill_mean"]
    assert held["calibration_error"] < 0.05
    assert said[0].startswith("pass 1: log-loss")
    assert json.loads((folder / CARD).read_text())["about"]["best_pass"] == model.card["about"]["best_pass"]


def test_taught_at_random_the_network_learns_as_the_students_do(made, tiny):
    """Its own simulation, answers fed back, has the share of right answers of the students it imitates."""
    model, _, _ = made
    n, shares = 1500, []
    items = random_items(tiny.curriculum, n, 6, 9)
    for student in (tiny.student, model):
        g = np.random.default_rng(4)
        state, out = student.allocate(n), allocate_outcome(n)
        student.reset(state, np.arange(n), g.random((n, student.reset_draws)))
        for t in range(6):
            student.step(state, items[:, t], g.random((n, student.lesson_draws)), out)
        shares.append(student.p_all(state).mean(axis=0))
    assert shares[1] == pytest.approx(shares[0], abs=0.05)


def remedial(n, confounded, seed):
    """Students who are strong or weak; item 1 helps everybody; who gets it is chance, or only the weak.

    An exercise (item 0) is right with .2, .5 or .9: weak, weak after a remedial lesson, strong.
    """
    g = np.random.default_rng(seed)
    strong, helped = g.random(n) < 0.5, np.zeros(n, bool)
    rows, items = [], []
    for t in range(8):
        gets = ~strong if confounded else g.random(n) < 0.5
        gets = gets & (t == 3)
        p = np.where(strong, 0.9, np.where(helped, 0.5, 0.2))
        right = (g.random(n) < p).astype(int)
        rows.append(np.where(gets, -1, right))
        items.append(gets.astype(int))
        helped |= gets
    return answers(np.array(rows).T.tolist(), np.array(items).T.tolist())


def test_a_confounded_log_teaches_that_help_does_harm(tmp_path):
    """In both logs the remedial lesson helps. Where only weak students got it, the network takes it for a symptom."""
    c = chain(1, items=[{"difficulty": 0.0}, {"approach": "example"}])
    promised = {}
    for confounded in (False, True):
        folder = tmp_path / str(confounded)
        settings = DeepTracing(hidden=8, epochs=12, waviness_l2=0.3)
        write_network(folder, train(remedial(1500, confounded, 0), 2, settings).weights, c, {})
        model = DKT(c, weights=folder)
        state = model.allocate(1)
        model.reset(state, np.zeros(1, np.int64), np.zeros((1, 1)))
        for right in (True, False, True):  # somebody in the middle
            model.step(state, np.zeros(1, np.int64), np.array([[-1.0 if right else 2.0]]), allocate_outcome(1))
        promised[confounded] = model.expected_gain(state)[0, 1]
    assert promised[False] > 0.0
    assert promised[True] < -0.1


def test_logs_are_read_student_by_student():
    log = Log("a.csv", np.array([7, 3, 7, 3, 9]), np.array([0, 1, 2, 0, 1]), np.array([1, 0, 0, 1, 1], np.int8), None,
              None, ("a", "b", "c"))  # fmt: skip
    lessons = lessons_of(log, ("c", "a"))
    assert lessons.offsets.tolist() == [0, 2, 3]
    assert lessons.item.tolist() == [1, 0, 1]
    assert lessons.answer.tolist() == [1, 0, 1]
    assert lessons.padded(1)[0].tolist() == [[1], [1]]


def synthetic_log(n=300, seed=0):
    g = np.random.default_rng(seed)
    student, skill, correct = [], [], []
    for s in range(n):
        known = g.random(3) < 0.4
        for k in np.repeat(g.permutation(3), 5):
            student.append(s)
            skill.append(k)
            correct.append(g.random() < (0.9 if known[k] else 0.25))
            known[k] |= g.random() < 0.25
    return Log("small.csv", np.array(student), np.array(skill), np.array(correct, np.int8), None, None,
               ("1", "adding", "2"), rows=len(student))  # fmt: skip


def test_a_log_becomes_a_world_whose_students_are_the_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = {"_target_": "zpdgym.experiments.DeepTracing", "hidden": 8, "epochs": 6, "min_answers": 50}
    options = {"model": target, "world": {"n_students": 100, "n_skills": 2}}
    found = calibrate(synthetic_log(), out="results/net", **options)
    held = found.summary["held_out"]
    assert held["log_loss"] < held["log_loss_of_skill_mean"]
    assert set(held["bkt"]) >= {"auc", "log_loss"}
    assert any(line.startswith("the network") for line in found.lines())
    assert any(line.startswith("knowledge tracing") for line in found.lines())
    written = {p.name for p in found.folder.iterdir()}
    assert written == {"parameters.csv", "calibration.csv", "summary.json", "world.yaml", CARD, WEIGHTS}
    sections = yaml.safe_load((found.folder / "world.yaml").read_text())
    assert sections["student"]["weights"] == "results/net/dkt.json"
    world = Scenario.load("results/net/world.yaml")
    assert isinstance(world.student, DKT)
    assert world.curriculum.n_items == 2
    assert set(world.unexpected()) == {"known_or_not", "gradual"}
    world.make(2).reset(seed=0)
    before = (found.folder / WEIGHTS).read_bytes()
    calibrate(synthetic_log(), out="results/net", **options)
    assert (found.folder / WEIGHTS).read_bytes() == before


def test_the_network_of_a_world_is_that_of_its_skills(tmp_path, monkeypatch):
    """The world has some skills of the log; its network's predictions are those that the whole one makes for them."""
    monkeypatch.chdir(tmp_path)
    target = {"_target_": "zpdgym.experiments.DeepTracing", "hidden": 4, "epochs": 2, "min_answers": 50}
    part, whole = (
        Scenario.load(
            str(calibrate(synthetic_log(), model=target, out=f"r/{n}", world={"n_students": 100, "n_skills": n}).world)
        )
        for n in (2, 0)
    )
    where = [whole.curriculum.items.index(name) for name in part.curriculum.items]
    assert whole.curriculum.n_items == 3
    kept, every = part.student.weights, whole.student.weights
    assert np.array_equal(kept["output"], every["output"][where])
    assert np.array_equal(kept["input"].reshape(2, 3, -1), every["input"].reshape(3, 3, -1)[where])


def test_a_run_depends_on_the_network_that_it_uses(tmp_path, monkeypatch):
    shutil.copytree(BUNDLED / "Practice-v0", tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    for weights in ("mine", "mine/dkt.json", "Practice-v0", "Practice-v0/dkt.json"):
        place = BUNDLED if weights.startswith("Practice") else tmp_path
        assert data_files({"student": {"weights": weights}}) == {(place / weights.split("/")[0] / CARD).resolve()}


def test_the_command_trains_a_network_for_a_scenario(tmp_path, capsys):
    assert main(["tiny", str(tmp_path / "net"), "--students", "60", "--hidden", "4"]) == 0
    printed = capsys.readouterr().out
    assert "student=dkt" in printed
    assert Scenario.load("tiny", replace={"student": "dkt"}, change={"student.weights": str(tmp_path / "net")})
    assert main(["nowhere", str(tmp_path / "net")]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": 0}, r"hidden=0 must be a whole number in \[1, 512\]"),
        ({"waviness_l2": -1, "batch": 0.5}, r"waviness_l2=-1.*batch=0.5"),
        ({"learning_rate": 3}, "learning_rate=3"),
        ({"validation": 0.9}, "validation=0.9"),
    ],
)
def test_wrong_settings_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        DeepTracing(**arguments)


def test_too_few_students_are_told():
    with pytest.raises(InputError, match="made up: 1 students with answers are too few"):
        train(answers([[0, 1], [-1]]), 1, SMALL)


def test_the_student_runs_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from zpdgym.envs.scenario import Scenario\n"
        "from zpdgym.experiments.calibration.dkt import DeepTracing, train\n"
        "s = Scenario.load('practice', replace={'student': 'dkt'}).student\n"
        "print(s.p_all(s.allocate(1)).shape)\n"
        "from zpdgym.experiments.calibration.dkt_lessons import random_lessons\n"
        "try: train(random_lessons(Scenario.load('tiny'), n_students=9, seed=0), 3, DeepTracing())\n"
        "except ValueError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout.splitlines() == ["(1, 32)", "training a DKT needs the package torch: pip install 'zpdgym[rl]'"]
