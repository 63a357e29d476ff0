"""`bids`: the Brain Imaging Data Structure (https://bids-specification.readthedocs.io) -> one case a session.

`source` makes drafts; `name` takes file names apart; `tree` finds sessions, their images and how those are called;
`masks` finds masks and the image whose grid they share; `facts` reads the tables, `sidecars` the JSON beside images.
"""

from lexiscope.sources.scans.bids.source import BidsSource

__all__ = ["BidsSource"]
