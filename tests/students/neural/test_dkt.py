"""Students that a network imitates: against a plain version, by hand, and from hostile files."""

import hashlib
import json
import math
import pickle
import shutil
import struct

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.calibration.dkt import students_digest
from zpdgym.students import DKT, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, tree
from zpdgym.students.curriculum.curriculum import EXAMPLE, Curriculum
from zpdgym.students.draws import LESSON, RESET, draw
from zpdgym.students.neural.dkt_files import (
    BUNDLED,
    CARD,
    WEIGHTS,
    curriculum_digest,
    shapes,
    write_network,
)

from tests.students.lessons import side_by_side

kernels = pytest.mark.kernels  # not of the whole file: without compilation a network takes milliseconds a lesson

EXAMPLES = tree(30, items=[{"approach": "example"}, {"difficulty": 0.0}, {"difficulty": 1.0}])


def random_weights(curriculum, hidden, seed=0, scale=0.7):
    g = np.random.default_rng(seed)
    return {k: g.normal(0, scale, s).astype(np.float32) for k, s in shapes(curriculum.n_items, hidden).items()}


@pytest.fixture
def made(tmp_path):
    """A maker of students with random weights for a curriculum."""

    def make(curriculum, hidden=6, seed=0, scale=0.7, **arguments):
        write_network(tmp_path / "net", random_weights(curriculum, hidden, seed, scale), curriculum, {})
        return DKT(curriculum, weights=tmp_path / "net", **arguments)

    return make


@pytest.fixture(scope="module")
def bundled():
    return DKT(Scenario.load("practice").curriculum, weights="Practice-v0")


def fresh(model, n):
    state = model.allocate(n)
    model.reset(state, np.arange(n), np.random.default_rng(0).random((n, model.reset_draws)))
    return state


@pytest.mark.parametrize("curriculum", [check_curriculum(), chain(3), EXAMPLES], ids=lambda c: c.name)
def test_the_model_keeps_its_promises(made, curriculum):
    groups = Population([{"name": "a", "share": 0.3}, {"name": "b", "share": 0.7}])
    report = check_student(made(curriculum, population=groups), n=16)
    assert set(report.invariants) == DKT.invariants


def test_the_bundled_student_keeps_its_promises(bundled):
    assert check_student(bundled, n=8).model == "DKT"


@kernels
@pytest.mark.parametrize(("curriculum", "hidden"), [(check_curriculum(), 7), (EXAMPLES, 4)], ids=["check", "examples"])
def test_lessons_equal_a_second_implementation(made, curriculum, hidden):
    model = made(curriculum, hidden)

    def sum_too(state, students, out):
        total = model.mastery_sum(state, np.empty(len(state)))
        assert total == pytest.approx(model.mastery(state).sum(axis=1), abs=1e-9)

    side_by_side(model, n=8, watch=sum_too)


@kernels
def test_one_unit_by_hand(tmp_path):
    """A network of one unit and one item, worked out with pencil and paper."""
    c = chain(1)
    weights = {
        "input": np.array([[0, 0, -1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]), "recurrent": np.array([[0, 0, 0.5, 0]]),
        "bias": np.array([0, math.log(3), 0, 0]), "output": np.array([[2.0]]), "output_bias": np.array([-1.0]),
        "start": np.array([[0.5], [0.25]]),
    }  # fmt: skip
    write_network(tmp_path, weights, c, {})
    model = DKT(c, weights=tmp_path)
    state = fresh(model, 2)
    assert model.p_all(state) == pytest.approx(0.5)  # 2 * .5 - 1 = 0
    out = model.step(state, np.zeros(2, np.int64), np.array([[0.4], [0.6]]), allocate_outcome(2))
    assert out["correct"].tolist() == [True, False]
    cells = [0.75 * 0.25 + 0.5 * math.tanh(0.25 + 1), 0.75 * 0.25 + 0.5 * math.tanh(0.25 - 1)]
    hidden = [0.5 * math.tanh(cell) for cell in cells]
    assert state["cell"][:, 0] == pytest.approx(cells)
    assert model.p_all(state)[:, 0] == pytest.approx([1 / (1 + math.exp(1 - 2 * h)) for h in hidden])


@kernels
def test_a_network_without_weights_answers_by_its_bias_alone(tmp_path):
    c = check_curriculum()
    weights = {name: np.zeros(shape) for name, shape in shapes(c.n_items, 3).items()}
    weights["output_bias"] = np.linspace(-2, 2, c.n_items)
    write_network(tmp_path, weights, c, {})
    model = DKT(c, weights=tmp_path)
    state = fresh(model, 4)
    model.step(state, np.arange(4), np.full((4, 1), 0.5), allocate_outcome(4))
    expected = 1 / (1 + np.exp(-weights["output_bias"]))
    assert np.abs(model.p_all(state) - expected)[:, model.asks].max() < 1e-7
    assert np.abs(model.expected_gain(state)).max() < 1e-12


def test_mastery_is_the_prediction_for_the_reference_item(bundled, made):
    c = bundled.curriculum
    state = fresh(bundled, 3)
    assert [items[0] for items in bundled.references] == np.flatnonzero(c.exam).tolist()
    assert np.array_equal(bundled.mastery(state), bundled.p_all(state)[:, c.exam])
    shown = np.flatnonzero(c.approach == EXAMPLE)
    assert np.array_equal(bundled.p_all(state)[:, shown], bundled.mastery(state)[:, c.q[shown].argmax(axis=1)])


@kernels
def test_a_skill_that_only_shared_items_ask_about_is_their_mean(tmp_path):
    c = Curriculum(
        name="shared", skills=("a", "b"), items=("a", "both", "too"), q=np.array([[1, 0], [1, 1], [1, 1]]),
        prerequisites=np.zeros((2, 2)), difficulty=np.zeros(3), minutes=np.ones(3), approach=np.zeros(3),
    )  # fmt: skip
    write_network(tmp_path, random_weights(c, 2), c, {})
    model = DKT(c, weights=tmp_path)
    assert model.references == ((0,), (1, 2))
    p = model.p_all(fresh(model, 1))[0]
    logit = np.log(p / (1 - p))
    assert model.mastery(fresh(model, 1))[0, 1] == pytest.approx(1 / (1 + math.exp(-logit[1:].mean())))


def test_students_have_the_same_life_in_every_cohort(bundled):
    def life(who, state=None):
        n, zero = len(who), np.zeros(len(who), np.int64)
        state = bundled.allocate(n) if state is None else state
        bundled.reset(state, np.arange(n), draw(5, stream=RESET, students=who, episodes=zero, lessons=zero, count=1))
        for t in range(25):
            u = draw(5, stream=LESSON, students=who, episodes=zero, lessons=zero + t, count=1)
            bundled.step(state, (who + 3 * t) % 32, u, allocate_outcome(n))
        return state

    whole = life(np.arange(50))
    assert life(np.arange(42, 43)).tobytes() == whole[42:43].tobytes()
    wide = np.zeros(50, [*[(n, bundled.dtype[n]) for n in bundled.dtype.names], ("mood", np.float64, (2,))])
    wide["mood"] = 7.0
    life(np.arange(50), wide)
    assert np.array_equal(wide["hidden"], whole["hidden"])
    assert (wide["mood"] == 7.0).all()
    again = pickle.loads(pickle.dumps(bundled))
    assert np.array_equal(again.p_all(whole), bundled.p_all(whole))


@given(seed=st.integers(0, 1000), scale=st.floats(0, 30), hidden=st.integers(1, 9))
@settings(max_examples=15)
def test_any_network_gives_probabilities_and_promises_what_it_keeps(tmp_path_factory, seed, scale, hidden):
    c, folder = check_curriculum(), tmp_path_factory.mktemp("net")
    write_network(folder, random_weights(c, hidden, seed, scale), c, {})
    model, rng = DKT(c, weights=folder), np.random.default_rng(seed)
    state = fresh(model, 10)
    for _ in range(10):
        model.step(state, rng.integers(-1, 10, 10), rng.random((10, 1)), allocate_outcome(10))
        p, before = model.p_all(state), model.mastery(state)
        assert ((p >= 0) & (p <= 1)).all()
        model.elapse(state, rng.random(10) * 100, np.empty((10, 0)))
        assert np.array_equal(model.mastery(state), before)
        gain = model.expected_gain(state)
        assert (np.abs(gain) <= 4).all()


def test_the_exceptions_are_real(bundled):
    """What the page names as not promised does happen."""
    c, rng, n = bundled.curriculum, np.random.default_rng(0), 200
    state = fresh(bundled, n)
    start = bundled.mastery(state)[0]
    assert any(start[k] > start[c.prerequisites[k]].min(initial=1.0) for k in range(8))  # no consistent start
    untaught, hurt, unready, gains = False, False, False, []
    for _ in range(30):
        items, before = rng.integers(0, 32, n), bundled.mastery(state)
        gains.append(bundled.expected_gain(state).min())
        bundled.step(state, items, rng.random((n, 1)), allocate_outcome(n))
        change = bundled.mastery(state) - before
        ready = np.array([(before[:, c.prerequisites[k]] >= bundled.ready_at).all(axis=1) for k in range(8)]).T
        untaught |= bool((change > 0.001)[~c.q[items]].any())
        hurt |= bool((change < -0.01)[c.q[items]].any())
        unready |= bool((change > 0.01)[c.q[items] & ~ready].any())
    assert untaught
    assert hurt
    assert unready
    assert min(gains) < 0


def test_right_answers_raise_what_the_bundled_network_expects(bundled):
    state, items = fresh(bundled, 2), np.full(2, 2)
    for _ in range(5):
        bundled.step(state, items, np.array([[-1.0], [2.0]]), allocate_outcome(2))
    right, wrong = bundled.p_all(state)[:, 2]
    assert right > 0.8
    assert wrong < 0.4


def test_the_trajectory_of_the_first_release(bundled):
    """Golden: a change here changes every result with ``student=dkt`` and needs new versions."""
    who, zero = np.arange(8), np.zeros(8, np.int64)
    state, seen = fresh(bundled, 8), []
    for t in range(20):
        u = draw(1, stream=LESSON, students=who, episodes=zero, lessons=zero + t, count=1)
        bundled.step(state, (5 * who + 7 * t) % 32, u, allocate_outcome(8))
        seen += [np.round(bundled.p_all(state), 10), np.round(bundled.mastery(state), 10)]
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in seen)).hexdigest()[:16]
    assert digest == "89e91d847f36dd21"


def test_another_curriculum_is_refused_with_the_command_that_trains_one():
    wanted = r"trained on the curriculum Practice \(8 skills, 32 items\).*here it is algebra.*zpdgym.*calibration.dkt"
    with pytest.raises(InputError, match=wanted) as told:
        Scenario.load("algebra", replace={"student": "dkt"})
    assert "\n" not in str(told.value)
    other = Scenario.load("practice", change={"curriculum.branching": 3}).curriculum
    with pytest.raises(InputError, match=r"here it is another Practice"):
        DKT(other, weights="Practice-v0")


def test_the_exam_and_the_name_do_not_make_another_curriculum():
    c = check_curriculum()
    renamed = {**c.to_dict(), "name": "other"}
    for item in renamed["items"]:
        item["exam"] = True
    assert curriculum_digest(Curriculum.from_dict(renamed)) == curriculum_digest(c)


def test_a_skill_that_nobody_asks_about_is_told():
    c = chain(2, items=[{"approach": "example"}])
    with pytest.raises(InputError, match=r"no item asks for an answer on the skill 'skill 1'.*'skill 2'"):
        DKT(c, weights="Practice-v0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": "nowhere"}, "there is no dkt.json .*Practice-v0.*python -m zpdgym.experiments.calibration.dkt"),
        ({"weights": 3}, "must be the path"),
        ({"weights": "Practice-v0/weights.safetensors"}, "give the dkt.json"),
        ({"weights": "Practice-v0", "mastered_at": 2}, "mastered_at=2"),
        ({"weights": "Practice-v0", "population": Population(sd={"learn": 1.0})}, "trait 'learn'"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        DKT(Scenario.load("practice").curriculum, **arguments)


def edited(folder, **changes):
    card = json.loads((folder / CARD).read_text()) | changes
    (folder / CARD).write_text(json.dumps(card))


def with_data(folder, data):
    (folder / WEIGHTS).write_bytes(data)
    edited(folder, sha256=hashlib.sha256(data).hexdigest())


def header(entries, body=b""):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + body


HOSTILE = {
    "a truncated card": (lambda f: (f / CARD).write_bytes((f / CARD).read_bytes()[:50]), "not JSON"),
    "a card of something else": (lambda f: (f / CARD).write_text("[1]"), "not a network of a DKT student"),
    "a later format": (lambda f: edited(f, format=2), "reads format 1"),
    "a card without hidden": (lambda f: edited(f, hidden=None), "not a complete network"),
    "a huge network": (lambda f: edited(f, hidden=10**9), "not a complete network"),
    "other sizes": (lambda f: edited(f, hidden=5), "must hold the arrays"),
    "no weights": (lambda f: (f / WEIGHTS).unlink(), "weights.safetensors is missing"),
    "truncated weights": (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-9]), "checksum"),
    "a pickle": (lambda f: with_data(f, pickle.dumps({"a": 1})), "could run code"),
    "a zip": (lambda f: with_data(f, b"PK\x03\x04"), "could run code"),
    "an empty file": (lambda f: with_data(f, b""), "not a safetensors file"),
    "a header without end": (lambda f: with_data(f, struct.pack("<Q", 10**15) + b"{}"), "not a safetensors file"),
    "no header": (lambda f: with_data(f, header([1, 2])), "not a safetensors file"),
    "bytes": (lambda f: with_data(f, struct.pack("<Q", 2) + b"\xff\xfe"), "not a safetensors file"),
    "an array beyond the file": (
        lambda f: with_data(f, header({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}})),
        "not a safetensors file",
    ),
    "an array of another kind": (
        lambda f: with_data(f, header({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, b"0" * 8)),
        "float32",
    ),
    "numbers that are none": (
        lambda f: with_data(f, safetensors.numpy.save({k: v * np.nan for k, v in random_weights(chain(2), 3).items()})),
        "not finite",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_damaged_or_foreign_file_is_told_in_one_line(tmp_path, name):
    c = chain(2)
    write_network(tmp_path / "net", random_weights(c, 3), c, {})
    spoil, message = HOSTILE[name]
    spoil(tmp_path / "net")
    with pytest.raises(InputError, match=message) as told:
        DKT(c, weights=tmp_path / "net")
    assert "\n" not in str(told.value)


def test_a_network_can_be_moved_and_named_by_its_card_or_folder(tmp_path, monkeypatch):
    shutil.copytree(BUNDLED / "Practice-v0", tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    c = Scenario.load("practice").curriculum
    for weights in ("mine", "mine/dkt.json", tmp_path / "mine"):
        assert DKT(c, weights=weights).card["hidden"] == 32


def test_the_bundled_network_is_written_again_with_the_same_bytes(bundled, tmp_path):
    write_network(tmp_path, bundled.weights, bundled.curriculum, bundled.card["about"])
    for name in (CARD, WEIGHTS):
        assert (tmp_path / name).read_bytes() == (BUNDLED / "Practice-v0" / name).read_bytes()


def test_arrays_are_written_row_by_row_however_they_lie_in_memory(tmp_path):
    c = chain(2)
    arrays = random_weights(c, 3)
    write_network(tmp_path, {k: np.asfortranarray(v) for k, v in arrays.items()}, c, {})
    for name, array in DKT(c, weights=tmp_path).weights.items():
        assert np.array_equal(array, arrays[name])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_a_header_is_told_in_one_line(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "spoilt"
    c = chain(2)
    write_network(folder, random_weights(c, 3), c, {})
    spoilt = bytearray((folder / WEIGHTS).read_bytes())
    end = 8 + int.from_bytes(spoilt[:8], "little")
    place = data.draw(st.integers(0, end - 1))
    spoilt[place] = data.draw(st.integers(0, 255).filter(lambda value: value not in (spoilt[place], *b" \t\r\n")))
    with_data(folder, bytes(spoilt))
    with pytest.raises(InputError) as told:
        DKT(c, weights=folder)
    assert "\n" not in str(told.value)


def test_the_bundled_network_imitates_the_students_of_its_scenario():
    """Trained on Practice-v0 as it is: another curriculum, schedule or student there needs another training."""
    scenario = Scenario.load("practice")
    about = json.loads((BUNDLED / "Practice-v0" / CARD).read_text())["about"]
    assert about["sections"] == students_digest(scenario)
    assert about["held_out"]["log_loss"] < about["held_out"]["bkt"]["log_loss"]


def test_the_page_shows_the_checks_of_the_bundled_network(bundled):
    page = (BUNDLED.parents[2] / "docs" / "students" / "dkt.md").read_text(encoding="utf-8")
    held = bundled.card["about"]["held_out"]
    rows = {
        "share of right answers to the item": (held["auc_of_skill_mean"], held["log_loss_of_skill_mean"]),
        "knowledge tracing (BKT), by skill": (held["bkt"]["auc"], held["bkt"]["log_loss"]),
        "DKT": (held["auc"], held["log_loss"]),
        "somebody who looks inside the students": (held["truth"]["auc"], held["truth"]["log_loss"]),
    }
    for name, numbers in rows.items():
        assert f"| {name} | {' | '.join(f'{n:.3f}'.lstrip('0') for n in numbers)} |" in page
