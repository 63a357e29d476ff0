"""figures: what is inside a figure of a paper: panels with their captions, and the length of a pixel.

`panels` cuts arrays along gutters; `subcaptions` cuts captions at panel letters; `scale_bar` reads bar and label;
`refine` applies them to drafts, keeping a reason where nothing could be told.
"""

from lexiscope.sources.figures.panels import Panels, split_panels
from lexiscope.sources.figures.refine import refine
from lexiscope.sources.figures.subcaptions import SubCaptions, split_caption

__all__ = ["Panels", "SubCaptions", "refine", "split_caption", "split_panels"]
