"""assistant: an encoder's tokens, projected into a causal language model that answers.

In: what the image towers see of a case and a question in words. Out: words, and how likely each answer is.
Table of names: `ASSISTANTS`, by the kind that the settings of a saved one state. A further layout of a published
vision-language model needs no line: transformers tells them apart.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import LexiscopeError, ModelError, PluginError
from lexiscope.core.strict_json import read_object

if TYPE_CHECKING:
    from lexiscope.models.assistant.assistant import Assistant

ASSISTANTS = Catalog(
    "assistant",
    {
        "lexiscope-assistant": "lexiscope.models.assistant.tower_assistant:TowerAssistant",
        "lexiscope-published": "lexiscope.models.assistant.published.assistant:PublishedAssistant",
    },
)


def assistant_class(folder: Path) -> "type[Assistant]":
    """The implementation of the assistant that is saved in a folder.

    Raises:
        ModelError: there is none, or its settings are damaged.
        PluginError: it is of a kind that another distribution brings, which cannot be used.
    """
    file = folder / "config.json"
    if not file.is_file():
        raise ModelError(f"expected a saved assistant (config.json, model.safetensors) at {folder}, found none")
    try:
        kind: type[Assistant] = ASSISTANTS.load(read_object(file)["model_type"])
    except PluginError:
        raise
    except (LexiscopeError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the settings in {file} are damaged ({error}); train or copy them again") from error
    return kind


def load_assistant(folder: Path) -> "Assistant":
    """The assistant that is saved in a folder, in eval mode.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    return assistant_class(folder).from_pretrained(folder)
