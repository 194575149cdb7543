"""Policies by name: from ``configs/policy/<name>.yaml``, a file or a specification to an object that can teach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zpdgym.errors import InputError, shown
from zpdgym.files import is_file

from ..configs.build import TARGET, build, config_files, no_such, read_yaml

if TYPE_CHECKING:
    from .problem import Policy

__all__ = ["build_policy", "load_policy", "policy_names"]

LONGEST_NAME = 100
_OWN_NAME = re.compile(r"policy \w+: ")
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
    if not isinstance(policy, str | Mapping):
        kinds = "a name, the path of a policy file, or a specification with _target_"
        raise InputError(f"policy={shown(policy)} must be {kinds}")
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
    name = spec.get("name")
    if name is not None and not (isinstance(name, str) and len(name) <= LONGEST_NAME and name.isprintable()):
        raise InputError(f"policy: name={shown(name)} must be a text of at most {LONGEST_NAME} letters")
    try:
        built = build({k: v for k, v in spec.items() if k not in NOT_ARGUMENTS}, "policy")
    except InputError as error:
        # a class knows the name that its own policies have by themselves, the file the one that the user knows
        own, told = _OWN_NAME.match(str(error)), str(error)
        raise InputError(f"policy {name}: {told[own.end() :]}" if own and name else told) from error
    _must_teach(built, str(spec[TARGET]))
    if name is not None:
        built.name = name
    return built


def as_policy(policy: object) -> Policy:
    """The policy that a name, a file, a specification or an object is.

    Raises:
        InputError: as ``build_policy``; or the object is none, such as a class.
    """
    if isinstance(policy, str | Mapping):
        return build_policy(cast("str | Mapping[str, Any]", policy))
    if isinstance(policy, type):
        raise InputError(f"policy={policy.__name__} is a class: give one that was made, {policy.__name__}(…)")
    _must_teach(policy, f"{type(policy).__name__} {shown(policy)}")
    return cast("Policy", policy)


def _must_teach(built: object, what: str) -> None:
    missing = [
        a for a in ("bind", "predict", "name", "privileged", "learnt", "draws", "needs") if not hasattr(built, a)
    ]
    if missing:
        raise InputError(f"policy: {what} has no {', '.join(missing)}; see docs/policies/index.md")


def _read(policy: str) -> dict[str, Any]:
    if "." in policy and not policy.endswith((".yaml", ".yml")):
        return {TARGET: policy}  # a class by its dotted name
    if policy.endswith((".yaml", ".yml")):
        path = Path(policy)
        if not is_file(path):
            raise InputError(f"policy: there is no file '{policy}'")
    else:
        files = {name.lower(): path for name, path in config_files("policy").items()}
        if policy.lower() not in files:
            raise no_such("policy", policy, policy_names())
        path = files[policy.lower()]
    return {"name": path.stem, **read_yaml(path)}
