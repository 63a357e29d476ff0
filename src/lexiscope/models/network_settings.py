"""`network_settings`: of a model's settings only those that describe its network.

Settings come with models of strangers. Some of transformers' do more than describe: they name code to fetch and run
(attention kernels, remote classes), other files to read, quantisers and adapters. So a network is rebuilt from the
names that its class declares, and from no others.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

_RUNS_OR_READS = frozenset({"transformers_version", "architectures", "dtype", "auto_map"})
_OLDER_NAMES = frozenset({"rope_theta", "rope_scaling", "partial_rotary_factor"})  # of fields that classes declare now
_DEEPEST = 1000  # layers of a network; more would be built for hours
_DEPTHS = ("num_hidden_layers", "depth", "num_layers")


def network_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a network of transformers that describe it, those of its parts included.

    Raises:
        KeyError: this version of transformers has no such model.
        ValueError: more layers than any network has.

    Example:
        >>> evil = {"model_type": "bert", "hidden_size": 8, "_attn_implementation": "evil-org/evil-kernel"}
        >>> network_settings(evil)
        {'hidden_size': 8, 'model_type': 'bert'}
    """
    from transformers import CONFIG_MAPPING

    kind = settings["model_type"]
    return {**declared_settings(CONFIG_MAPPING[kind], settings), "model_type": kind}


def declared_settings(config_class: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that a class of settings declares, under today's names or older ones.

    Args:
        config_class: A `PreTrainedConfig`.
        settings: Names and values, from a file.

    Raises:
        ValueError: more layers than any network has.
    """
    _require_shallow(settings)
    names = {field.name for field in fields(config_class)} | config_class.attribute_map.keys() | _OLDER_NAMES
    parts = {**config_class.sub_configs, **config_class.sub_configs_defaults}
    return {
        name: _part_settings(config_class.sub_configs.get(name), value) if name in parts else value
        for name, value in settings.items()
        if name in names - _RUNS_OR_READS and not name.startswith("_")
    }


def _part_settings(config_class: Any, value: Any) -> Any:
    """Settings of a part of a network, such as its vision tower."""
    if not isinstance(value, Mapping):
        return value
    if "model_type" in value:
        return network_settings(value)
    return declared_settings(config_class, value) if hasattr(config_class, "attribute_map") else {}


def _require_shallow(settings: Mapping[str, Any]) -> None:
    for name in _DEPTHS:
        depth = settings.get(name)
        if isinstance(depth, int | float) and depth > _DEEPEST:
            raise ValueError(f"{name} must be at most {_DEEPEST}, got {depth}")
