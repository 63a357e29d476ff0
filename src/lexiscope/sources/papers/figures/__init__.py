"""figures: what is inside a figure of a paper: panels with their captions, and the length of a pixel.

`panels` cuts arrays along gutters; `subcaptions` cuts captions at panel letters; `scale_bar` reads bar and label;
`image_type` says what a caption calls the picture. `refine` applies them to drafts, keeping a reason where nothing
could be told.
"""

from lexiscope.sources.papers.figures.image_type import IMAGE_TYPES, image_type
from lexiscope.sources.papers.figures.panels import Panels, split_panels
from lexiscope.sources.papers.figures.refine import refine
from lexiscope.sources.papers.figures.subcaptions import SubCaptions, split_caption

__all__ = ["IMAGE_TYPES", "Panels", "SubCaptions", "image_type", "refine", "split_caption", "split_panels"]
