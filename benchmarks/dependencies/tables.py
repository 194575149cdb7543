"""What zpdgym stands on: ``python -m benchmarks.dependencies`` measures it and writes docs/dependencies.md's tables.

Licence and reason are written down here, versions come from pyproject.toml, sizes and times are measured: how much a
package takes on disk without what it needs itself, and how much longer a fresh process takes that imports it (the
shortest of three, with everything that it imports). A test compares the page with pyproject.toml, with this file, and
with the licences that the installed packages name.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "dependencies.md"
PLACE = re.compile(r"(<!-- dependencies of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TIME = "import time; began = time.perf_counter(); {work}; print(time.perf_counter() - began)"
TRIES = 3


class Reason(NamedTuple):
    """Why a package is there.

    Attributes:
        licence: by its SPDX name.
        why: what we do with it.
        module: what is imported; "" where we start it as a program, or only tests do.
    """

    licence: str
    why: str
    module: str = ""


REASONS = {
    "numpy": Reason(
        "BSD-3-Clause; parts 0BSD, MIT, Zlib, CC0-1.0", "arrays: every student, belief and outcome", "numpy"
    ),
    "scipy": Reason("BSD-3-Clause", "special functions, ranks, fits of beliefs", "scipy.stats"),
    "numba": Reason("BSD-2-Clause", "compiles the kernels of students, beliefs and planners", "numba"),
    "gymnasium": Reason("MIT", "the interface of the environments", "gymnasium"),
    "hydra-core": Reason("MIT", "overrides, sweeps and launchers of the command line", "hydra"),
    "omegaconf": Reason("BSD-3-Clause", "what Hydra composes", "omegaconf"),
    "pyyaml": Reason("MIT", "scenarios, students, policies, experiments", "yaml"),
    "rich": Reason("MIT", "tables and bars in the terminal", "rich.table"),
    "pandas": Reason("BSD-3-Clause", "CSV files of runs and tables", "pandas"),
    "safetensors": Reason("Apache-2.0", "weights of teachers and networks, which cannot run code", "safetensors.numpy"),
    "openpyxl": Reason("MIT", "workbooks of curricula", "openpyxl"),
    "torch": Reason(
        "BSD-3-Clause; parts Apache-2.0, BSL-1.0, MIT",
        "trains teachers and DKT; nothing that is trained needs it afterwards",
        "torch",
    ),
    "stable-baselines3": Reason("MIT", "PPO, DQN and A2C as teachers", "stable_baselines3"),
    "sb3-contrib": Reason("MIT", "PPO with masks", "sb3_contrib"),
    "cma": Reason("BSD-3-Clause", "CMA-ES, which tunes the weights of policies", "cma"),
    "wandb": Reason("MIT", "`tracking=wandb` and `online`", "wandb"),
    "tensorboard": Reason("Apache-2.0", "`tracking=tensorboard`", "tensorboard.summary"),
    "matplotlib": Reason("PSF-based; parts under others", "figures for papers", "matplotlib.figure"),
    "pyarrow": Reason("Apache-2.0", "`save=` with a name that ends in .parquet", "pyarrow.parquet"),
    "babel": Reason("BSD-3-Clause", "reads translators' files: reports in other languages", "babel.messages.pofile"),
    "hydra-joblib-launcher": Reason(
        "MIT", "sweeps on several cores", "hydra_plugins.hydra_joblib_launcher.joblib_launcher"
    ),
    "hydra-submitit-launcher": Reason(
        "MIT", "sweeps on a cluster", "hydra_plugins.hydra_submitit_launcher.submitit_launcher"
    ),
    "distributed": Reason("BSD-3-Clause", "hands runs to the workers of a Dask scheduler", "distributed"),
    "submitit": Reason("MIT", "asks Slurm for workers", "submitit"),
    "cryptography": Reason(
        "Apache-2.0 or BSD-3-Clause", "certificates for what workers of Slurm say", "cryptography.x509"
    ),
    "sphinx": Reason("BSD-2-Clause", "builds the documentation site, strictly, with search and docstrings"),
    "furo": Reason("MIT", "its look, which loads nothing from elsewhere"),
    "myst-parser": Reason("MIT", "reads the Markdown pages, which are read on their own, too"),
    "pytest": Reason("MIT", "runs the tests"),
    "pytest-cov": Reason("MIT", "what the tests reach"),
    "pytest-timeout": Reason("MIT", "ends tests that hang"),
    "pytest-xdist": Reason("MIT", "tests on several cores"),
    "hypothesis": Reason("MPL-2.0", "inputs that nobody thought of"),
    "ruff": Reason("MIT", "format and lint"),
    "pyright": Reason("MIT", "types"),
    "fsrs": Reason("MIT", "the published FSRS, which ours must equal"),
    "build": Reason("MIT", "wheel and sdist"),
    "setuptools": Reason("MIT", "what builds them"),
}


def wanted() -> dict[str, dict[str, str]]:
    """Where a package belongs (core or the extra) -> its name -> the versions that we take, as pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {"core": project["dependencies"], **project["optional-dependencies"]}
    parted = {part: [re.match(r"[\w.-]+", line) for line in lines] for part, lines in named.items()}
    return {
        part: {found[0]: line[found.end() :] for found, line in zip(parted[part], lines, strict=True) if found}
        for part, lines in named.items()
        if lines
    }


def megabytes(package: str) -> float:
    """What its files take on disk."""
    files = importlib.metadata.files(package) or ()
    sizes = [path.stat().st_size for path in (Path(str(file.locate())) for file in files) if path.is_file()]
    return sum(sizes) / 1e6


def milliseconds(module: str) -> float:
    """What importing it adds to a fresh process, the shortest of some tries."""
    command = [sys.executable, "-c", TIME.format(work=f"import {module}")]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(TRIES)]
    return 1000 * min(float(run.stdout.split()[-1]) for run in runs)


def table(part: str) -> str:
    """The table of the core or of an extra, measured now."""
    lines = ["| package | versions | licence | why it is there | MB | import, ms |", "|---|---|---|---|---:|---:|"]
    for name, versions in wanted()[part].items():
        reason = REASONS[name]
        cost = f"{milliseconds(reason.module):.0f}" if reason.module else ""
        told = f"`{versions}` | {reason.licence} | {reason.why} | {megabytes(name):.1f} | {cost}"
        lines.append(f"| {name} | {told} |")
    return "\n".join(lines)


def renewed(page: str) -> str:
    """The page with its tables measured anew."""
    return PLACE.sub(lambda found: f"{found[1]}{table(found[2])}\n{found[3]}", page)
