"""The package as it is installed: what importing it costs, what it offers, what stands in its files."""

from __future__ import annotations

import inspect
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

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


def test_packages_are_there_after_importing_the_face_alone():
    assert fresh("import zpdgym; print(zpdgym.agents.Mastery.name, zpdgym.students.BKT.__name__)") == "mastery BKT\n"


def test_baselines_teach_without_torch():
    loaded = loaded_by("import zpdgym; zpdgym.evaluate('tiny', 'mastery', n_students=5).summary()")
    assert not {"torch", "stable_baselines3", "wandb", "hydra", "matplotlib"} & loaded


def test_the_public_face_is_what_the_documentation_says():
    wanted = {
        "calibrate",
        "compare",
        "diff",
        "merge",
        "pack",
        "export",
        "figure",
        "load",
        "load_teacher",
        "make",
        "make_vec",
        "evaluate",
        "train",
        "trust",
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


@pytest.mark.parametrize("name", ["kt6kc", "KT6KC", "KT6KC-v1", "zpdgym/KT6KC-v1"])
def test_a_scenario_is_found_by_every_form_of_its_name(name):
    assert zpdgym.make(name).spec.id == "zpdgym/KT6KC-v1"
    assert zpdgym.make_vec(name, 3).num_envs == 3


def test_an_unknown_scenario_is_met_with_the_nearest():
    for ask in (zpdgym.make, zpdgym.make_vec):
        with pytest.raises(InputError, match="Did you mean 'KT6KC-v1'"):
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


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """What ``make wheel`` leaves, made in a copy: the sdist, and the wheel that was built from it."""
    copy = tmp_path_factory.mktemp("build") / "source"
    made = shutil.ignore_patterns(".venv", ".git", ".hypothesis", "build", "dist", "results", "*.egg-info")
    anywhere = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(
        ROOT, copy, ignore=lambda at, names: (made if at == str(ROOT) else anywhere)(at, names), symlinks=True
    )
    command = [sys.executable, "-m", "build", "--no-isolation"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,), (wheel,) = (copy / "dist").glob("*.tar.gz"), (copy / "dist").glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


@pytest.mark.slow
def test_the_wheel_holds_everything_and_nothing_else(built):
    names = {n for n in zipfile.ZipFile(built["wheel"]).namelist() if ".dist-info/" not in n}
    assert {n.partition("/")[0] for n in names} == {"zpdgym"}
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = setuptools["package-dir"].values()
    wanted = {f"zpdgym/{p.name}" for p in (ROOT / "zpdgym").iterdir() if p.suffix in (".py", ".typed")}
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*")):
        if path.suffix in (".py", ".yaml", ".json", ".csv", ".safetensors", ".bib", ".mplstyle", ".js", ".pot"):
            wanted.add(f"zpdgym/{path.relative_to(ROOT).as_posix()}")
    assert names == wanted


@pytest.mark.slow
def test_the_sdist_holds_what_is_needed_to_build_and_to_test(built):
    """Whatever git would carry, except what only serves the type checker in a clone."""
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("docs", "tests", "benchmarks", "examples", ".github", ".ci", "configs", "students", "zpdgym")
    wanted = {p for folder in folders for p in (ROOT / folder).rglob("*") if p.is_file()}
    wanted |= {p for p in ROOT.iterdir() if p.suffix in (".md", ".toml", ".txt", ".cff", ".in")}
    wanted |= {ROOT / "Makefile", ROOT / "LICENSE", ROOT / ".pre-commit-config.yaml"}
    missing = {p.relative_to(ROOT).as_posix() for p in wanted if "__pycache__" not in p.parts} - names
    assert not missing


@pytest.mark.slow
def test_the_wheel_alone_compares_in_an_empty_folder(built, tmp_path):
    """In a fresh environment outside the checkout: the dependencies are borrowed, zpdgym comes from the wheel."""
    home, folder = tmp_path / "venv", tmp_path / "empty"
    folder.mkdir()
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    python, zpdgym_there = home / "bin" / "python", home / "bin" / "zpdgym"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, str(built["wheel"])], check=True, capture_output=True, timeout=120)
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")}
    env["XDG_CACHE_HOME"] = str(tmp_path / "cache")  # numba keeps kernels by path: these would never be used again

    def said(*command: Any) -> str:
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    assert Path(said(python, "-c", "import zpdgym; print(zpdgym.__file__)").strip()).is_relative_to(site)
    listed = said(zpdgym_there, "list")
    assert all(name in listed for name in (*zpdgym.list_scenarios(), *zpdgym.list_policies(), *zpdgym.list_students()))
    small = (
        "policies=ppo_scorer,streak",
        "seeds=1",
        "n_students=40",
        "n_validation=40",
        "lessons=2000",
        "tune_budget=2",
    )
    table = said(zpdgym_there, "compare", "experiment=tiny", *small, "unexpected=false", "tracking=none", "jobs=1")
    assert "ppo_scorer" in table
    assert (folder / "results" / "tiny" / "report.html").is_file()
    assert [p.name for p in folder.iterdir()] == ["results"]


def test_several_students_in_one_are_sent_to_make_vec():
    with pytest.raises(InputError, match=r"num_envs is of zpdgym\.make_vec"):
        zpdgym.make("tiny", num_envs=2)
