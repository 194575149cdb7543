"""Learnt teachers: the bridge to Stable-Baselines3, training, decisions, and their files."""

from __future__ import annotations

import itertools
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from zpdgym.agents.check import check_policy
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS, read_teacher, write_teacher
from zpdgym.agents.problem import Policy, Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import sb3, training  # noqa: E402 (needs torch)

NAMES = ("ppo", "ppo_scorer", "ppo_scorer_unmasked")


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return Scenario.load("tiny")


@pytest.fixture(scope="module")
def with_finish() -> Scenario:
    """A world in which the teacher may end the teaching after two lessons."""
    return Scenario.load("tiny", change={"actions.finish": True, "actions.finish_after": 2})


@pytest.fixture(scope="module")
def teachers(tiny) -> dict[str, Teacher]:
    return {name: training.train(tiny, name, lessons=3000, seed=1, n_validation=100) for name in NAMES}


def _observations(scenario: Scenario, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    env = scenario.make(n, seed=3)
    obs, info = env.reset()
    rng = np.random.default_rng(0)
    for _ in range(3):
        obs, *_, info = env.step(rng.integers(0, env.curriculum.n_items, n))
    return obs, info["action_mask"]


@pytest.mark.parametrize("trainer", ["sb3", "fast"])
@pytest.mark.parametrize("name", NAMES)
def test_each_keeps_the_contract_once_trained(name, trainer, teachers, tiny, tmp_path):
    spec = load_policy(name, change={"trainer": trainer})
    made = teachers[name] if trainer == "sb3" else training.train(tiny, spec, lessons=3000, seed=1, n_validation=50)
    assert check_policy(made).startswith(f"{name} keeps the contract")
    made.save(tmp_path)
    assert check_policy(Saved(str(tmp_path))).startswith(f"{name} keeps the contract")


# --- the bridge ------------------------------------------------------------------------------------------------------


def test_the_vec_env_gives_the_trajectories_of_the_environment_inside(tiny):
    venv, env = sb3.TutorVecEnv(tiny.make(20)), tiny.make(20, seed=7)
    venv.seed(7)
    seen, (wanted, _) = venv.reset(), env.reset(seed=7)
    rng = np.random.default_rng(1)
    for _ in range(15):
        np.testing.assert_array_equal(seen, wanted)
        actions = rng.integers(0, env.n_actions, 20)
        seen, reward, done, infos = venv.step(actions)
        wanted, reward_wanted, terminated, _, info = env.step(actions)
        np.testing.assert_array_equal(reward, reward_wanted)
        np.testing.assert_array_equal(done, terminated)
        for row in range(20):
            assert set(infos[row]) == ({"terminal_observation", "TimeLimit.truncated"} if done[row] else set())
            if done[row]:
                np.testing.assert_array_equal(infos[row]["terminal_observation"], info["final_obs"][row])


def test_an_observation_is_not_overwritten_by_the_next_step(tiny):
    venv = sb3.TutorVecEnv(tiny.make(4))
    first = venv.reset()
    kept = first.copy()
    venv.step(np.zeros(4, np.int64))
    np.testing.assert_array_equal(first, kept)


def test_neighbouring_seeds_share_no_students(tiny):
    """The base class would seed student i with seed + i."""
    after = []
    for seed in (0, 1):
        venv = sb3.TutorVecEnv(tiny.make(50))
        assert venv.seed(seed) == [seed] * 50
        venv.reset()
        after.append(venv.step(np.zeros(50, np.int64))[0][:, 0, 7])
    assert not np.array_equal(after[0][1:], after[1][:-1])


def test_sb3_contrib_finds_the_masks(with_finish):
    from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

    venv = sb3.TutorVecEnv(with_finish.make(5))
    venv.reset()
    assert is_masking_supported(venv)
    np.testing.assert_array_equal(get_action_masks(venv), venv.env.action_masks())
    assert not get_action_masks(venv)[:, -1].any()
    assert venv.env_is_wrapped(object) == [False] * 5
    with pytest.raises(AttributeError, match="share one environment"):
        venv.env_method("close")
    with pytest.raises(NotImplementedError):
        venv.set_attr("x", 1)
    with pytest.raises(AttributeError):
        venv.get_attr("no_such_thing")
    venv.close()


# --- training --------------------------------------------------------------------------------------------------------


def test_every_learnt_policy_trains_and_is_a_policy(teachers, tiny):
    for name, teacher in teachers.items():
        assert isinstance(teacher, Policy)
        assert teacher.name == name
        assert teacher.last is not None
        assert len(teacher.curve) >= 2
        assert set(teacher.curve[0]) == {"lessons", "seconds", "reward", "validation"}
        rows = {row["lessons"]: row["validation"] for row in teacher.curve}
        assert max(rows.values()) - rows[teacher.card["training"]["chosen"]] < 0.02
        taught = teach(tiny, teacher, n_students=50, cohort_seed=9)
        assert 0 < taught.mean("exam") < 1


@pytest.mark.parametrize("name", NAMES)
def test_the_same_configuration_and_seed_give_the_same_bytes(name, teachers, tiny, tmp_path):
    again = training.train(tiny, name, lessons=3000, seed=1, n_validation=100)
    for folder, teacher in (("a", teachers[name]), ("b", again)):
        teacher.save(tmp_path / folder)
    for file in (CARD, WEIGHTS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_best_readiness_threshold_goes_on(tiny):
    spec = load_policy("ppo_scorer", change={"ready": [0.99, 0.5]})
    teacher = training.train(tiny, spec, lessons=4000, seed=0, n_validation=300)
    trials = teacher.card["training"]["trials"]
    assert [trial["ready"] for trial in trials] == [0.99, 0.5]
    assert teacher.card["settings"]["ready"] == max(trials, key=lambda trial: trial["validation"])["ready"]
    assert 4000 <= teacher.card["training"]["lessons"] < 8000
    assert teacher.curve[0]["lessons"] > 1200  # the trials' lessons count


def test_the_latest_of_equally_good_teachers_is_chosen(tiny):
    curve = training.Curve(tiny, lessons=10, seconds=None)
    curve.begin(build_policy("ppo"))
    rng = np.random.default_rng(0)
    luck = rng.random(1000)
    for mean in (0.3, 0.502, 0.5, 0.4):
        outcome = luck * 0.1 + mean + 0.1 * rng.random(1000)
        curve.rows.append({"validation": float(outcome.mean())})
        curve.tried.append((outcome, {}))
    assert curve.chosen in (1, 2)
    curve.tried[2] = (curve.tried[1][0] - 0.0001 + 0.01 * rng.standard_normal(1000), {})
    assert curve.chosen == 2


def test_another_seed_gives_another_teacher(teachers, tiny):
    other = training.train(tiny, "ppo", lessons=500, seed=2, n_validation=20)
    assert not np.array_equal(other.weights["action_net.weight"], teachers["ppo"].weights["action_net.weight"])


def test_training_leaves_the_global_generators_and_threads_alone(tiny):
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    threads, wanted = torch.get_num_threads(), (torch.rand(1).item(), np.random.rand())  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    training.train(tiny, "ppo", lessons=300, seed=0, n_validation=10)
    assert (torch.rand(1).item(), np.random.rand()) == wanted  # noqa: NPY002
    assert torch.get_num_threads() == threads


def test_training_stops_when_the_seconds_are_spent_and_reports_progress(tiny):
    seen, rows = [], []
    teacher = training.train(
        tiny, "ppo", lessons=5_000_000, seed=0, seconds=0.3, n_validation=10,
        progress=lambda done, wanted: seen.append((done, wanted)), on_evaluate=rows.append,
    )  # fmt: skip
    assert teacher.card["training"]["lessons"] < 5_000_000
    assert rows == teacher.curve
    assert seen[0] == (0, 5_000_000)


@pytest.mark.parametrize(("spec", "says"), [("mastery", "does not learn"), ("ppo_scorers", "ppo_scorer")])
def test_what_does_not_learn_is_refused(tiny, spec, says):
    with pytest.raises(InputError, match=says):
        training.train(tiny, spec, lessons=100, seed=0)


def test_wrong_settings_are_refused_all_together():
    spec = load_policy("ppo_scorer", change={"ready": 3, "epochs": 0, "hidden": [], "reward": "money"})
    with pytest.raises(InputError, match=r"(?s)reward.*epochs.*ready=3.*hidden"):
        build_policy(spec)


def test_an_untrained_policy_cannot_teach(tiny):
    with pytest.raises(InputError, match="trained before"):
        teach(tiny, build_policy("ppo_scorer"), n_students=2, cohort_seed=0)


def test_scorer_needs_the_readiness_column():
    blind = Scenario.load("tiny", change={"observe.columns": ["belief", "tries"]})
    with pytest.raises(InputError, match="ready"):
        training.train(blind, "ppo_scorer", lessons=100, seed=0)


def test_finish_is_a_choice_that_masks_hold_back(with_finish):
    for name in ("ppo", "ppo_scorer"):
        teacher = training.train(with_finish, name, lessons=1500, seed=0, n_validation=50)
        taught = teach(with_finish, teacher, n_students=60, cohort_seed=1, deterministic=False)
        assert taught.outcomes["lessons"].min() >= 2


def test_a_table_with_a_row_per_item_can_be_taught_from():
    by_item = Scenario.load("tiny", change={"observe.rows": "items"})
    teacher = training.train(by_item, "ppo_scorer", lessons=1000, seed=0, n_validation=20)
    assert teach(by_item, teacher, n_students=20, cohort_seed=1).mean("exam") > 0


# --- decisions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deterministic", [True, False])
def test_decisions_do_not_depend_on_who_else_is_in_the_cohort(name, deterministic, teachers, tiny):
    obs, masks = _observations(tiny)
    u = np.random.default_rng(2).random((len(obs), 1))
    teacher = teachers[name]
    whole, _ = teacher.predict(obs, deterministic=deterministic, action_masks=masks, u=u)
    for cut in ([0, 300], [0, 1, 300], [0, 7, 130, 300]):
        parts = [
            teacher.predict(obs[a:b], deterministic=deterministic, action_masks=masks[a:b], u=u[a:b])[0]
            for a, b in itertools.pairwise(cut)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
        bits = [teacher.logits(obs[a:b], masks[a:b])[2] for a, b in itertools.pairwise(cut)]
        assert np.concatenate(bits).tobytes() == teacher.logits(obs, masks)[2].tobytes()


def test_one_student_without_a_batch_dimension(teachers, tiny):
    obs, masks = _observations(tiny)
    whole, _ = teachers["ppo_scorer"].predict(obs, deterministic=True, action_masks=masks)
    assert teachers["ppo_scorer"].predict(obs[4], deterministic=True)[0] == whole[4]


def test_sampling_needs_the_policys_uniforms(teachers, tiny):
    with pytest.raises(InputError, match="uniform"):
        teachers["ppo"].predict(_observations(tiny)[0])


def test_sampled_actions_follow_the_probabilities(teachers, tiny):
    teacher, (obs, masks) = teachers["ppo"], _observations(tiny, 1)
    many = np.repeat(obs, 4000, axis=0)
    u = ((np.arange(4000) + 0.5) / 4000)[:, None]
    actions, _ = teacher.predict(many, u=u)
    logits = teacher.logits(obs, masks)[2].astype(float)
    wanted = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(np.bincount(actions, minlength=len(wanted)) / 4000, wanted, atol=1e-3)


def test_only_ready_items_are_scored_and_all_allowed_ones_when_there_are_none(teachers, tiny):
    obs, masks = _observations(tiny)
    obs[:, :, 0], obs[:, :, 1] = 0.5, 0.0
    obs[:, 1, 1] = 0.95
    features = teachers["ppo_scorer"].features
    q = tiny.curriculum.q
    found = features(obs, masks)
    np.testing.assert_array_equal(np.unique(found.action), np.flatnonzero(q[:, 1]))
    obs[:, 1, 1] = 0.1
    np.testing.assert_array_equal(np.diff(features(obs, masks).start), masks.sum(axis=1))
    unmasked = teachers["ppo_scorer_unmasked"].features(obs, masks)
    np.testing.assert_array_equal(np.diff(unmasked.start), masks.sum(axis=1))


def test_logits_do_not_depend_on_which_other_items_are_scored(teachers, tiny):
    obs, masks = _observations(tiny)
    teacher = teachers["ppo_scorer_unmasked"]
    start, action, logits = teacher.logits(obs, masks)
    fewer = masks.copy()
    fewer[:, 0] = False
    _, action_fewer, logits_fewer = teacher.logits(obs, fewer)
    # the share of items that may be chosen is itself a feature; apart from it nothing may change
    assert len(logits_fewer) == (action != 0).sum()
    np.testing.assert_array_equal(action_fewer, action[action != 0])
    assert start[-1] == len(logits)


def test_standardised_features_are_named_and_finite(tiny):
    from zpdgym.agents.learnt.networks.item_features import ItemFeatures

    env = tiny.make(30)
    obs, info = env.reset()
    features = ItemFeatures.of(Problem.of(env), ready_at=0.5, done_at=2.0)
    found = features(obs, info["action_mask"])
    names = ItemFeatures.names(tuple(c.name for c in env.columns))
    assert found.x.shape[1] == len(names) == len(set(names))
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.pooled).all()
    gain = found.x[:, names.index("gain")]
    wanted = env.belief.expected_gain(obs[:, :, 0].astype(float))
    rows = np.repeat(np.arange(30), np.diff(found.start))
    ready = found.x[:, names.index("ready")]
    known_ready = ready > 0.999  # the prediction counts a prerequisite's belief once, the gate of the model likewise
    np.testing.assert_allclose(gain[known_ready], wanted[rows, found.action][known_ready], atol=0.02)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_teacher_teaches_the_same(name, teachers, tiny, tmp_path):
    teachers[name].save(tmp_path)
    loaded = build_policy({"_target_": "zpdgym.agents.Saved", "path": str(tmp_path)})
    wanted = teach(tiny, teachers[name], n_students=100, cohort_seed=3).outcomes["exam"]
    np.testing.assert_array_equal(teach(tiny, loaded, n_students=100, cohort_seed=3).outcomes["exam"], wanted)


@pytest.mark.parametrize("name", NAMES)
def test_to_sb3_decides_alike_without_an_environment(name, teachers, tiny):
    obs, masks = _observations(tiny)
    model = teachers[name].to_sb3()
    options = {"action_masks": masks} if name != "ppo" else {}
    actions, _ = model.predict(obs, deterministic=True, **options)
    np.testing.assert_array_equal(actions, teachers[name].predict(obs, deterministic=True, action_masks=masks)[0])
    assert model.predict(obs[0], deterministic=True)[0] == actions[0]


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


def _rewrite(folder: Path, change) -> None:
    card = json.loads((folder / CARD).read_text())
    change(card)
    (folder / CARD).write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / WEIGHTS).unlink(), "weights.safetensors is missing"),
        (lambda f: (f / CARD).unlink(), "teacher.json is missing"),
        (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-40]), "truncated"),
        (lambda f: (f / WEIGHTS).write_bytes(b""), "truncated"),
        (lambda f: (f / CARD).write_text((f / CARD).read_text()[:50]), "not JSON"),
        (lambda f: (f / CARD).write_text("[1]"), "'format' is missing"),
        (lambda f: _rewrite(f, lambda c: c.update(format=99)), "format 99"),
        (lambda f: _rewrite(f, lambda c: c["settings"].pop("ready")), "not a complete teacher"),
        (lambda f: _rewrite(f, lambda c: c.update(network="other")), "not a complete teacher"),
        (lambda f: _rewrite(f, lambda c: c.update(finish="no")), "wrong kind"),
        (lambda f: _rewrite(f, lambda c: c["columns"].append("belief2")), "should have shape"),
        (lambda f: _rewrite(f, lambda c: c["settings"].update(hidden=[64])), "should have shape"),
        (lambda f: _rewrite(f, lambda c: c["shapes"].pop("prior")), "does not hold the arrays"),
    ],
)
def test_damaged_files_are_refused_by_name(damage, says, teachers, tmp_path):
    teachers["ppo_scorer"].save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=says) as error:
        Teacher.load(tmp_path)
    assert str(tmp_path) in str(error.value)


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


def test_a_teacher_is_not_let_into_another_world(teachers):
    with pytest.raises(InputError, match="curriculum"):
        teach(Scenario.load("kt6kc"), teachers["ppo"], n_students=2, cohort_seed=0)
    fewer = Scenario.load("tiny", change={"observe.columns": ["belief", "ready"]})
    with pytest.raises(InputError, match="column"):
        teach(fewer, teachers["ppo"], n_students=2, cohort_seed=0)


# --- models of others ------------------------------------------------------------------------------------------------


def _model(kind: str, scenario: Scenario, flat: bool = False):
    import sb3_contrib
    import stable_baselines3
    from gymnasium import spaces

    venv = sb3.TutorVecEnv(scenario.make(4))
    if flat:
        venv.observation_space = spaces.Box(0.0, 1.0, (int(np.prod(venv.observation_space.shape)),), np.float32)
    options = {"n_steps": 16, "batch_size": 16} if "PPO" in kind else {}
    if kind == "RecurrentPPO":
        options |= {"policy_kwargs": {"lstm_hidden_size": 8}}
    make = getattr(stable_baselines3, kind, None) or getattr(sb3_contrib, kind)
    return make("MlpLstmPolicy" if kind == "RecurrentPPO" else "MlpPolicy", venv, device="cpu", seed=0, **options)


@pytest.mark.parametrize("kind", ["PPO", "A2C", "DQN", "MaskablePPO", "RecurrentPPO"])
def test_any_model_of_sb3_is_a_policy(kind, tiny):
    policy = sb3.SB3Policy(_model(kind, tiny))
    assert isinstance(policy, Policy)
    for deterministic in (True, False):
        whole = teach(tiny, policy, n_students=30, cohort_seed=2, deterministic=deterministic)
        fewer = teach(tiny, policy, n_students=9, cohort_seed=2, deterministic=deterministic)
        np.testing.assert_array_equal(whole.outcomes["exam"][:9], fewer.outcomes["exam"])


def test_a_model_for_flattened_observations_is_a_policy(tiny):
    assert teach(tiny, sb3.SB3Policy(_model("PPO", tiny, flat=True)), n_students=5, cohort_seed=0).n_students == 5


def test_a_model_keeps_to_the_masks_that_it_never_saw(with_finish):
    policy = sb3.SB3Policy(_model("PPO", with_finish))
    taught = teach(with_finish, policy, n_students=40, cohort_seed=2, deterministic=False)
    assert taught.outcomes["lessons"].min() >= 2
    with pytest.raises(InputError, match="masks"):
        teach(with_finish, sb3.SB3Policy(_model("DQN", with_finish)), n_students=2, cohort_seed=0)


def test_a_model_of_another_shape_is_refused(tiny):
    policy = sb3.SB3Policy(_model("PPO", tiny))
    with pytest.raises(InputError, match="shape"):
        teach(Scenario.load("kt6kc"), policy, n_students=2, cohort_seed=0)
    with pytest.raises(InputError, match="actions"):
        teach(Scenario.load("tiny", change={"actions.finish": True}), policy, n_students=2, cohort_seed=0)


@pytest.mark.parametrize("kind", ["PPO", "A2C", "DQN", "MaskablePPO", "RecurrentPPO"])
def test_a_zip_of_sb3_is_loaded_when_it_is_trusted(kind, tiny, tmp_path):
    _model(kind, tiny).save(tmp_path / "mine.zip")
    policy = Saved(str(tmp_path / "mine.zip"), trust=True)
    assert type(policy.model).__name__ == kind
    assert teach(tiny, policy, n_students=5, cohort_seed=0).n_students == 5


def test_a_trusted_zip_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="not a model"):
        sb3.load_sb3_zip(tmp_path / "x.zip", trust=True)


# --- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_on_tiny_the_scorer_reaches_the_optimum(tiny):
    teacher = training.train(tiny, "ppo_scorer", lessons=1_000_000, seed=0)
    gains = {
        policy.name: teach(tiny, policy, n_students=4000, cohort_seed=77).outcomes["gain"].mean()
        for policy in (teacher, build_policy("optimal"))
    }
    assert gains["ppo_scorer"] >= 0.99 * gains["optimal"]
