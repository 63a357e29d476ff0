"""`load_hub_layout`: a model of transformers from a folder in hub layout, of which nothing but numbers is believed."""

from pathlib import Path
from typing import Any

from lexiscope.core.errors import LexiscopeError, WeightsError
from lexiscope.core.regular import require_regular
from lexiscope.core.strict_json import read_object
from lexiscope.models.loading import copy_out_of_file, first_line, quiet
from lexiscope.models.network_settings import network_settings
from lexiscope.models.offline import offline

_POOLER = "pooler"  # of text models, which nobody reads and some checkpoints lack


def load_hub_layout(auto_class: Any, folder: Path, *, what: str, part: str | None = None) -> Any:
    """A model in eval mode and float32 from `config.json` and safetensors.

    No code is run or fetched, whatever the settings ask for, and no adapter or quantiser takes part.

    Args:
        auto_class: Class of transformers that reads it, such as `AutoModel`.
        folder: Its folder.
        what: What is expected there, for the message.
        part: Part of the settings that is built, such as "vision_config"; the whole where the settings have no such.

    Raises:
        WeightsError: it cannot be read, or tensors are missing or not finite.
    """
    import torch

    _require_plain(folder, what)
    try:
        config = _config(folder, part)
        options = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
        with quiet(), offline():
            model, report = auto_class.from_pretrained(
                folder, config=config, dtype=torch.float32, output_loading_info=True, **options
            )
    except Exception as error:  # on odd settings and weights transformers raises nearly anything
        msg = f"transformers cannot read {what} at {folder}: {first_line(error)}"
        raise WeightsError(f"{msg}; save it there with save_pretrained()") from error
    _require_whole(model, report, what=what, folder=folder)
    copy_out_of_file(model)
    return model.eval()


def _config(folder: Path, part: str | None) -> Any:
    from transformers import AutoConfig

    config = AutoConfig.for_model(**network_settings(read_object(folder / "config.json")))
    return config if part is None else getattr(config, part, config)


def _require_plain(folder: Path, what: str) -> None:
    if (folder / "adapter_config.json").exists():
        msg = f"expected {what} at {folder}, got an adapter beside it (adapter_config.json)"
        raise WeightsError(f"{msg}; merge the adapter into the weights and save the whole there")
    for file in [*folder.glob("*.safetensors"), *folder.glob("*.json")]:
        try:
            require_regular(file, file.stat().st_mode)
        except (LexiscopeError, OSError) as error:
            raise WeightsError(f"{error}; expected {what} at {folder}: copy it again") from error


def _require_whole(model: Any, report: Any, *, what: str, folder: Path) -> None:
    missing = sorted(name for name in report["missing_keys"] if _POOLER not in name)
    if missing:
        msg = f"{what} at {folder} lacks {len(missing)} tensors, such as {missing[0]}"
        raise WeightsError(f"{msg}; use a complete checkpoint")
    for name, weight in model.named_parameters():
        if weight.numel() and not all(bound.isfinite() for bound in weight.aminmax()):
            raise WeightsError(f"{what} at {folder} holds numbers that are not finite in {name}; copy it again")
