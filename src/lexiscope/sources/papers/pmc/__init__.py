"""`pmc`: articles of PubMed Central by id, list or query -> a download folder -> the same cases as `jats`.

`client` asks politely: paced, retried, within limits; `cloud` knows the per-article layout of the cloud service and the
E-utilities; `source` keeps what was downloaded and hands it on. Nothing is asked of the network without permission.
"""

from lexiscope.sources.papers.pmc.source import PmcSource

__all__ = ["PmcSource"]
