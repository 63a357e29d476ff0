"""published: image-text models that others published, as joint spaces of their own towers and projections.

In: a name or a directory in the layout of the hub. Out: a `PublishedSpace`, of which `joint_space` makes a `JointSpace`
that embeds as the model does in transformers, and `start_model` a model directory that can be searched with at once.

Read in this order: `space` (the noun), `layouts` and `open_clip` (a function for each kind of model), `preparation` (of
images), `words` (tokenizers), `start`.
"""

from lexiscope.core.catalog import Catalog

LAYOUTS = Catalog(
    "published layout",
    {
        "clip": "lexiscope.models.published.layouts:read_clip",
        "siglip": "lexiscope.models.published.layouts:read_siglip",
        "vision-text-dual-encoder": "lexiscope.models.published.layouts:read_clip",
        "open_clip": "lexiscope.models.published.open_clip:read_open_clip",
    },
)
"""`model_type` of a checkpoint, or a layout of its own -> function `(source) -> PublishedSpace` that reads it."""
