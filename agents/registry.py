"""Policies by name: from ``configs/policy/<name>.yaml``, a file or a specification to an object that can teach."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError, unknown

from ..configs.build import TARGET, build, config_files, read_yaml

if TYPE_CHECKING:
    from .problem import Policy

__all__ = ["build_policy", "load_policy", "policy_names"]

NOT_ARGUMENTS = ("name", "tune")
"""Keys of a specification that are not arguments of the policy's class."""


def policy_names() -> list[str]:
    """The names of all policies, ours and those of the user's own folder, from their file names."""
    return list(config_files("policy"))


def policy_sentence(name: str) -> str:
    """The one sentence that says what a policy does: the first comment line of its file."""
    first = config_files("policy")[name].read_text(encoding="utf-8").splitlines()[0]
    return first.lstrip("# ").strip()


def load_policy(policy: str | Mapping[str, Any], *, change: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The specification of a policy: a plain dict with ``_target_``, ``name`` and the parameters.

    Args:
        policy: a name ("mastery"), the path of a YAML file, a class ("my_module.MyPolicy"), or a specification such as
            ``{"_target_": "my_module.MyPolicy", "threshold": 0.8}``.
        change: parameters that replace those of the file.

    Raises:
        InputError: an unknown name (the nearest one is proposed), a file that cannot be read, no ``_target_``.
    """
    spec = dict(policy) if isinstance(policy, Mapping) else _read(policy)
    spec.update(change or {})
    if not isinstance(spec.get(TARGET), str):
        raise InputError(f"policy: the key '{TARGET}' is missing: it names the class, e.g. my_module.MyPolicy")
    return spec


def build_policy(policy: str | Mapping[str, Any]) -> Policy:
    """The policy that a name, a file or a specification describes, ready for ``bind``.

    Raises:
        InputError: as ``load_policy``; a parameter that the class does not take (with the nearest one) or refuses.
    """
    spec = load_policy(policy)
    built = build({k: v for k, v in spec.items() if k not in NOT_ARGUMENTS}, "policy")
    missing = [
        a for a in ("bind", "predict", "name", "privileged", "learnt", "draws", "needs") if not hasattr(built, a)
    ]
    if missing:
        raise InputError(f"policy: {spec[TARGET]} has no {', '.join(missing)}; see docs/policies/index.md")
    if "name" in spec:
        built.name = str(spec["name"])
    return built


def _read(policy: str) -> dict[str, Any]:
    if "." in policy and not policy.endswith((".yaml", ".yml")):
        return {TARGET: policy}  # a class by its dotted name
    if policy.endswith((".yaml", ".yml")):
        path = Path(policy)
        if not path.is_file():
            raise InputError(f"policy: there is no file '{policy}'")
    else:
        files = {name.lower(): path for name, path in config_files("policy").items()}
        if policy.lower() not in files:
            raise unknown("policy", policy, policy_names())
        path = files[policy.lower()]
    return {"name": path.stem, **read_yaml(path)}
