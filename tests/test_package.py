"""The package as it is installed: what importing it costs, what it offers, what stands in its files."""

from __future__ import annotations

import inspect
import json
import os
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

import gymnasium
import pytest
import zpdgym
from zpdgym.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "stable_baselines3", "sb3_contrib", "wandb", "pandas", "numba", "scipy", "matplotlib", "hydra")


def fresh(code: str, cwd: Path | None = None) -> str:
    """What a new Python process prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def loaded_by(code: str) -> set[str]:
    return set(json.loads(fresh(f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))").splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import zpdgym",
        "import zpdgym; zpdgym.list_scenarios(), zpdgym.list_policies(), zpdgym.list_students(), dir(zpdgym)",
        "from zpdgym.scripts.cli import main; main(['--help'])",
        "from zpdgym.scripts.cli import main; main(['compare', '--help']); main(['train', '--help'])",
        "import zpdgym.students, zpdgym.envs, zpdgym.agents, zpdgym.experiments, zpdgym.scripts",
    ],
)
def test_importing_is_light(code):
    found = {module for module in HEAVY if module in loaded_by(code)}
    assert not found


def test_help_is_there_at_once():
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "zpdgym.scripts.cli", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)  # computing, not waiting: the machine may be busy
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert best <= 0.6


def test_baselines_teach_without_torch():
    loaded = loaded_by("import zpdgym; zpdgym.evaluate('tiny', 'mastery', n_students=5).summary()")
    assert not {"torch", "stable_baselines3", "wandb", "hydra", "matplotlib"} & loaded


def test_the_public_face_is_what_the_documentation_says():
    wanted = {
        "calibrate",
        "compare",
        "make",
        "make_vec",
        "evaluate",
        "train",
        "tune",
        "list_scenarios",
        "list_policies",
        "list_students",
        "__version__",
    }
    assert set(zpdgym.__all__) == wanted == set(dir(zpdgym))
    folders = {p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file()}
    assert not wanted & folders  # no public name equals a sub-package
    for name in wanted - {"__version__"}:
        first = (inspect.getdoc(getattr(zpdgym, name)) or "").partition("\n")[0]
        assert first.endswith(".")
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        zpdgym.evalute  # noqa: B018


def test_every_scenario_file_is_a_gymnasium_id():
    ids = {f"zpdgym/{path.stem}" for path in (ROOT / "configs" / "scenario").glob("*.yaml")}
    assert ids
    assert ids <= set(gymnasium.registry)
    assert [f"zpdgym/{name}" for name in zpdgym.list_scenarios()] == sorted(ids)


@pytest.mark.parametrize("name", ["kt6kc", "KT6KC", "KT6KC-v0", "zpdgym/KT6KC-v0"])
def test_a_scenario_is_found_by_every_form_of_its_name(name):
    assert zpdgym.make(name).spec.id == "zpdgym/KT6KC-v0"
    assert zpdgym.make_vec(name, 3).num_envs == 3


def test_an_unknown_scenario_is_met_with_the_nearest():
    for ask in (zpdgym.make, zpdgym.make_vec):
        with pytest.raises(InputError, match="Did you mean 'KT6KC-v0'"):
            ask("kt6k")


def test_a_scenario_file_of_ones_own_is_made(tmp_path):
    own = tmp_path / "Mine-v0.yaml"
    own.write_text((ROOT / "configs/scenario/Tiny-v0.yaml").read_text().replace("name: Tiny-v0", "name: Mine-v0"))
    assert zpdgym.make_vec(str(own), 2).scenario.name == "Mine-v0"


def test_the_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == zpdgym.__version__
    assert f"version: {zpdgym.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    }
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    for requirement in (*project["dependencies"], *extras):
        name = requirement.split(">")[0].split("<")[0].split("=")[0].strip().lower().replace("_", "-")
        assert name in pins, f"{requirement} has no pin in constraints.txt"


def test_every_configuration_file_begins_with_a_sentence():
    for path in sorted((ROOT / "configs").rglob("*.yaml")):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# "), path.name
        assert first.rstrip().endswith((".", "?")), f"{path.name}: {first}"


@pytest.mark.slow
def test_the_wheel_holds_everything_and_nothing_else(tmp_path):
    """An install that is not editable works: configs, curricula and py.typed are inside."""
    pytest.importorskip("setuptools")
    import shutil
    import zipfile

    copy = tmp_path / "source"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "results", "*.egg-info", "typings", "docs")
    )
    build = "from setuptools import build_meta as b; print(b.build_wheel('dist'))"
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    wheel = copy / "dist" / done.stdout.splitlines()[-1]
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert {n.partition("/")[0] for n in names} == {"zpdgym"}
    for needed in ("py.typed", "configs/curriculum/algebra.csv", "configs/scenario/KT6KC-v0.belief.json"):
        assert f"zpdgym/{needed}" in names
    for path in (ROOT / "configs").rglob("*.yaml"):
        assert f"zpdgym/{path.relative_to(ROOT).as_posix()}" in names
