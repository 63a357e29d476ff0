"""glass: electron micrographs of glass with known defects, and the small papers that describe them.

In: a number of papers and a seed. Out: a folder of JATS articles with figures and `truth.json`, which the source `jats`
reads like any other. `plan` draws what is true, `micrograph` renders it (`surface`, one file for each defect, `bar`),
`figure_text` says it in the wordings of `phrases`, `article` binds it.
"""

from lexiscope.simulate.glass.papers import GlassPapers, write_glass_papers

__all__ = ["GlassPapers", "write_glass_papers"]
