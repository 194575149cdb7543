"""What a contributor's loop looks at: the nearest tests first, and the files whose types may be wrong now."""

from __future__ import annotations

import pytest

from tests.tools import check


@pytest.mark.parametrize(
    ("changed", "nearest"),
    [
        ("students/memory/fsrs.py", "tests/students/memory/test_fsrs.py"),
        ("agents/baselines/mastery.py", "tests/agents/baselines/test_mastery.py"),
        ("experiments/statistics.py", "tests/experiments/test_statistics.py"),
        ("tests/envs/test_golden.py", "tests/envs/test_golden.py"),
        ("docs/students.md", "tests/test_docs.py"),
    ],
)
def test_the_mirrored_test_is_the_nearest_one(changed, nearest):
    assert check.nearest_tests([changed])[0] == nearest


def test_tests_are_found_through_imports_names_and_configuration_files():
    assert "tests/experiments/comparison/test_compare.py" in check.nearest_tests(["experiments/statistics.py"])
    assert "tests/agents/test_policies.py" in check.nearest_tests(["agents/baselines/mastery.py"])  # a name in a string
    assert "tests/agents/test_rollouts.py" in check.nearest_tests(["configs/policy/mastery.yaml"])
    assert check.nearest_tests(["LICENSE"]) == []


def test_types_are_looked_at_in_what_changed_and_in_its_importers():
    found = check.to_type(["experiments/statistics.py"])
    assert "experiments/statistics.py" in found
    assert "experiments/evaluate.py" in found
    assert "students/model.py" not in found
    assert check.to_type(["tests/helpers.py"]) == []


def test_the_tests_of_all_of_a_kind_are_asked_for_a_changed_student_or_policy():
    assert check.offered(["configs/student/half_life.yaml"]) == {"half_life": "student"}
    assert check.offered(["agents/baselines/mastery.py"])["mastery"] == "policy"
    assert check.GENERIC["student"] in check.nearest_tests(["configs/student/half_life.yaml"])
    assert check.offered(["envs/beliefs/elo.py"]) == {"elo": "belief"}
    assert check.GENERIC["belief"] in check.nearest_tests(["envs/beliefs/elo.py"])
    assert check.offered(["envs/beliefs/build.py", "LICENSE"]) == {}
