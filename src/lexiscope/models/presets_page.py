"""`presets_page`: the reference page of published models, written from `PRESETS` and `LAYOUTS`.

python -m lexiscope.models.presets_page > docs/reference/presets.md
"""

import sys

from lexiscope.models.presets import KINDS, PRESETS, Preset
from lexiscope.models.published import LAYOUTS
from lexiscope.models.towers.automatic import OFFLINE, RANKED

_INTRODUCTION = """# Published models to start from

Models that others trained, by the name that options take. This page is written from the code by
`python -m lexiscope.models.presets_page > docs/reference/presets.md`; a test holds the two together.

A name is looked for as a local directory, in the local hub cache and in installed packages; it is downloaded only with
`--allow-download`. Any other model of the same layout is taken just as well, by hub name or directory. Licences are
those that the publishers state; their pages decide, and a model card names the licence of the weights inside. Memory is
that of the weights in float32, as they are read and trained: the pictures and texts of a batch come on top, what trains
takes four times its own, and making a model of an image-text one takes three times its own for a moment. Only
safetensors are read, never pickles and never code that travels with weights.
"""
_IN_WORDS = {
    "image-text": "Image-text models: images and words in one space",
    "image": "Image towers",
    "text": "Text towers",
    "language": "Language models",
    "vision-language": "Vision-language models",
}
_LAYOUTS = """Layouts of image-text models that are read: {layouts}.
SigLIP 2 and MedSigLIP of one image size share SigLIP's; those of any image size ("naflex") are refused.
[How to start from one](../how-to/published-models.md).
"""
_AUTO = """`auto`, the default, takes the first of these that is whole in the local hub cache: {ranked}.
Those of more than 100 M parameters count only where there is an accelerator. Without any it takes `{offline}`.
"""
_CONVERTING = """## A checkpoint that is published as a pickle

A pickle may run code when it is opened, so it is converted once, on a machine and from a publisher that you trust. A
model of transformers:

```text
from transformers import AutoModel, AutoProcessor

AutoModel.from_pretrained("NAME", use_safetensors=False).save_pretrained("DIRECTORY")
AutoProcessor.from_pretrained("NAME").save_pretrained("DIRECTORY")
```

A model of open_clip whose halves are timm's ViT and a BERT, such as BiomedCLIP: copy `open_clip_config.json`,
`tokenizer.json` and the weights into a directory, and there

```text
import torch
from safetensors.torch import save_file

weights = torch.load("open_clip_pytorch_model.bin", weights_only=True, map_location="cpu")
save_file({name: x.clone().contiguous() for name, x in weights.items()}, "open_clip_model.safetensors")
```
"""


def presets_page() -> str:
    """The page as Markdown: a table for each kind of model.

    Example:
        >>> presets_page().startswith("# Published models")
        True
    """
    sections = [_section(kind) for kind in KINDS]
    return "\n\n".join([_INTRODUCTION.strip(), *sections, _CONVERTING.strip()]) + "\n"


def _section(kind: str) -> str:
    rows = ["| name | parameters | memory | licence | trained on | before use |", "|---|---|---|---|---|---|"]
    rows += [_row(name, preset) for name, preset in PRESETS.items() if preset.kind == kind]
    below = {
        "image-text": _LAYOUTS.format(layouts=", ".join(f"`{name}`" for name in LAYOUTS)),
        "image": _AUTO.format(ranked=", ".join(f"`{name}`" for name in RANKED), offline=OFFLINE),
    }
    more = ["", below[kind].strip()] if kind in below else []
    return "\n".join([f"## {_IN_WORDS[kind]}", "", f"{KINDS[kind]}", "", *rows, *more])


def _row(name: str, preset: Preset) -> str:
    millions = f"{preset.millions:g} M"
    return f"| `{name}` | {millions} | {preset.memory} | {preset.licence} | {preset.reads} | {preset.note} |"


if __name__ == "__main__":
    sys.stdout.write(presets_page())
