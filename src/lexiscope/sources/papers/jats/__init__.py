"""`jats`: article XML and figure files -> one case a figure, with its caption and every paragraph that mentions it.

`folder` finds articles and makes drafts; `article` reads one XML file; `text` gives the words of an element, with
`mathml`, `tex` and `scripts` for formulas; `labels` finds labels inside captions; `mentions` understands "Figs. 3a-c";
`referring` collects the paragraphs about each figure; `rights` and `licence` tell under which licence it stands;
`files` finds its image. All of it is untrusted input.
"""

from lexiscope.sources.papers.jats.folder import JatsSource

__all__ = ["JatsSource"]
