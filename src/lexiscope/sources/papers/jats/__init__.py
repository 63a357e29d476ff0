"""`jats`: article XML and figure files -> one case a figure, with its caption and every paragraph that mentions it.

`folder` finds articles and makes drafts; `article` reads one XML file in one pass; `mentions` understands "Figs. 3a-c";
`licence` shortens licences; `files` finds the image of a figure. All of it is untrusted input.
"""

from lexiscope.sources.papers.jats.folder import JatsSource

__all__ = ["JatsSource"]
