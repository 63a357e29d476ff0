"""`merge`: a model whose adapter is part of its language model."""

import shutil
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.core.files import new_directory
from lexiscope.models.directory import ModelDirectory


def merge(model: ModelDirectory | Path | str, out: Path | str) -> ModelDirectory:
    """Write a model that answers as `model` does, with its adapter added into the weights that it stands beside.

    The new directory is a model like any other: nothing of PEFT is needed to load it, and it answers as fast as its
    language model alone.

    Args:
        out: The new model directory.

    Raises:
        ModelError: there is no assistant.
        UsageError: it has no adapter, or `out` exists already.
    """
    model, out = ModelDirectory.of(model), Path(out)
    assistant = model.assistant()
    if assistant.adapter is None:
        raise UsageError(f"expected an assistant with an adapter in {model.path}, got one without; use it as it is")
    if out.exists():
        raise UsageError(f"{out} exists already; name a new directory")
    record = model.record("assistant")
    with new_directory(out) as folder:
        for name in model.parts():  # an index and what training left belong to the other model
            if name != "assistant":
                shutil.copytree(model.part(name), folder / name)
        made = ModelDirectory(folder)
        made.save_assistant(
            assistant.merged(),
            model.classifier(),
            model.reranker(),
            model.mixture(),
            model.captions(),
            record=record | {"merged_from": {"path": str(model.path.resolve()), "run": record["run"]}},
        )
    return ModelDirectory(out)
