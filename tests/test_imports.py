"""The drawing of the design, held by reading every import: who may know whom."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.tools.imports import LAYERS, ROOT, imports, name_of, sources, statements

NETWORKS = ("torch_scorer", "torch_attention", "rollout_networks", "truth_critic")
WITH_TORCH = ("sb3", "ppo", *(f"networks/{name}" for name in NETWORKS))
SB3 = {f"agents/learnt/{name}.py" for name in ("sb3", "networks/torch_scorer", "algorithms")}
ONLY_IN = {
    "torch": {*(f"agents/learnt/{name}.py" for name in WITH_TORCH), "experiments/calibration/dkt.py"},
    "stable_baselines3": SB3,
    "sb3_contrib": SB3,
    "wandb": {"experiments/tracking.py"},
    "tensorboard": {"experiments/tracking.py"},
    "pyarrow": {"experiments/store/sheets.py"},
    "llvmlite": {"students/kernel_cache.py"},
    "hydra": {"scripts/command/compose.py", "scripts/command/gathering.py", "scripts/command/spaces.py"},
    "omegaconf": {"scripts/command/compose.py"},
}
ONLY_INSIDE_FUNCTIONS = ("pandas", "scipy", "joblib", "pyarrow", "openpyxl")
AT_THE_ROOT = {f"zpdgym.{path.stem}" for path in (ROOT / "zpdgym").glob("*.py")}
"""What everything else rests on lies beside the public face, and has the same address from everywhere."""
AT_MODULE_TOP = {"numpy", "gymnasium", "numba", "yaml", "rich", "hydra", "omegaconf", "safetensors"}
"""Other people's packages that may be imported when a module is; torch and SB3 where they are at home."""


def test_agents_import_the_environment_only_to_teach_in_it():
    """Policies see arrays: the files that hold policies import neither envs nor, unless privileged, student models."""
    allowed = {"agents/rollouts.py", "agents/check.py"}
    allowed |= {"agents/problem.py"}  # what a policy believes it asks the belief about in the belief's own words
    allowed |= {"agents/learnt/load.py"}  # a saved teacher is bound to its scenario
    allowed |= {"agents/learnt/recipes.py", "agents/learnt/paid.py"}  # what training pays may be a reward of one's own
    allowed |= {"agents/learnt/scorers.py"}  # kinds of students are named as scenarios and matrices name them
    allowed |= {"agents/learnt/training.py"}  # students of several scenarios are one environment
    allowed |= {"agents/baselines/spaced/schedulers.py"}  # FSRS memories are kept by the very rule of the FSRS belief
    planners = ("_lookahead", "believed")  # they try lessons on the belief, by its very rule
    allowed |= {f"agents/baselines/planners/{name}.py" for name in planners}
    for path in sources("agents"):
        found = {m for m, _ in imports(path) if m.startswith("zpdgym.envs")}
        assert not found or name_of(path) in allowed, f"{name_of(path)} imports {sorted(found)}"


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_heavy_packages_stay_where_they_are_at_home(package):
    for path in sources(*LAYERS, "zpdgym"):
        found = [m for m, _ in imports(path) if m.partition(".")[0] == package]
        assert not found or name_of(path) in ONLY_IN[package], f"{name_of(path)} imports {found[0]}"


def test_what_is_slow_to_import_is_imported_where_it_is_used():
    at_home = {p for places in ONLY_IN.values() for p in places}
    standard = __import__("sys").stdlib_module_names
    for path in sources(*LAYERS, "zpdgym"):
        for module, top in imports(path):
            package = module.partition(".")[0]
            if not top or package in standard or package in ("zpdgym", "__future__"):
                continue
            assert package not in ONLY_INSIDE_FUNCTIONS, f"{name_of(path)} imports {module} with its module"
            assert package in AT_MODULE_TOP or name_of(path) in at_home, f"{name_of(path)} imports {module}"


def test_our_folders_are_imported_as_one_namespace():
    """``import students`` would load a second copy of every class when Python starts in the repository's root."""
    for path in sources(*LAYERS, "zpdgym", "tests", "benchmarks"):
        for module, _ in imports(path):
            assert module.partition(".")[0] not in LAYERS, f"{name_of(path)} imports {module}"


def test_inner_imports_are_relative_and_outer_ones_absolute():
    for path in sources("students", "envs", "agents", "experiments"):
        for found in statements(path):
            ours = found.names and found.stem.partition(".")[0] == "zpdgym"
            assert found.relative or not ours or found.stem in AT_THE_ROOT, f"{name_of(path)}: from {found.stem}"
    for path in sources("scripts", "zpdgym", "tests", "benchmarks"):
        assert not any(found.relative for found in statements(path)), f"{name_of(path)} imports relatively"


def test_nobody_draws_from_the_global_random_numbers():
    """Luck comes from ``students.draws`` or a generator; only keeping and restoring the global state is allowed."""
    fine = {"default_rng", "Generator", "SeedSequence", "PCG64", "get_state", "set_state", "getstate", "setstate"}
    for path in sources(*LAYERS, "zpdgym"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("random", "np.random", "numpy.random"):
                assert node.attr in fine, f"{name_of(path)}, line {node.lineno}: {ast.unparse(node)}"


def test_the_list_of_packages_equals_the_tree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {p.parent.relative_to(ROOT) for p in sources(*LAYERS, "configs", "zpdgym")}
    wanted = {".".join(["zpdgym", *(f.parts if f.parts[0] != "zpdgym" else ())]) for f in folders}
    assert set(project["packages"]) == wanted
    assert project["package-dir"] == {f"zpdgym.{layer}": layer for layer in (*LAYERS, "configs")}
