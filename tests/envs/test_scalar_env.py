"""The yardstick of the simulator's benchmark is honest: given the same luck it shows the same observations."""

import numpy as np
import pytest
from zpdgym.envs import TutorEnv
from zpdgym.students import draws

from benchmarks import scalar_env, simulator


class OurLuck:
    """Hands the scalar environment the luck that ours meets."""

    def __init__(self, seed, student):
        self.seed, self.student, self.n = seed, student, 0

    def draw(self, stream, count, lesson):
        who, zero = np.array([self.student]), np.zeros(1, np.int64)
        number = np.array([lesson])
        return draws.draw(self.seed, stream=stream, students=who, episodes=zero, lessons=number, count=count)[0]

    def reset(self, count):
        return self.draw(draws.RESET, count, 0)

    def lesson(self, count):
        self.n += 1
        return self.draw(draws.LESSON, count, self.n - 1)


@pytest.mark.parametrize(
    ("world", "kind"),
    [
        ("bkt", "ScalarTutorEnv"),
        ("bkt", "TunedScalarTutorEnv"),
        ("difficulty band", "ScalarTutorEnv"),
        ("with giving up", "ScalarTutorEnv"),
        ("graph belief", "ScalarTutorEnv"),
    ],
)
@pytest.mark.parametrize("student", [0, 5])
def test_scalar_and_compiled_show_the_same(world, kind, student):
    scenario = simulator.make_scenario(world)
    scalar = getattr(scalar_env, kind)(scenario, simulator.STUDENTS[world](scenario.student), luck=OurLuck(3, student))
    ours = TutorEnv(scenario, first_student=student)
    theirs, _ = scalar.reset()
    mine, _ = ours.reset(seed=3)
    rng, ended = np.random.default_rng(student), False
    while not ended:
        np.testing.assert_allclose(theirs, mine, atol=1e-6)
        action = int(rng.integers(0, scenario.curriculum.n_items))
        theirs, reward, over, _, info = scalar.step(action)
        mine, paid, ended, _, told = ours.step(action)
        assert info["correct"] == told["correct"]
        assert reward == pytest.approx(paid, abs=1e-9)
        assert over == ended
    np.testing.assert_allclose(theirs, mine, atol=1e-6)
    for name, value in info["final_info"].items():
        np.testing.assert_allclose(value, told["final_info"]["privileged"][name], atol=1e-9, err_msg=name)


def test_the_benchmark_measures_and_prints(monkeypatch, capsys):
    monkeypatch.setattr(simulator, "LESSONS", 20)
    results = {"bkt": simulator.measure("bkt", turns=1, scale=0.005, sizes=(1, 16))}
    assert set(results["bkt"]) == {"plain scalar", "hand-tuned scalar", "Env", "1", "16"}
    assert results["bkt"]["16"] > results["bkt"]["1"]
    from rich.console import Console

    simulator.show(results, Console(width=120))
    assert "TutorVectorEnv, N = 16" in capsys.readouterr().out
