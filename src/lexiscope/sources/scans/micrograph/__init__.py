"""`micrograph`: a folder of micrographs, those of vendors' formats read by rosettasciio -> one case a file.

`source` makes drafts; `vendor` turns what rosettasciio reads into images; `mrc` and `tiff_images` need no other
program; `outside` refuses HDF5 files that point at other files. rosettasciio is GPL-3 and never a dependency: the user
installs it, and nothing else here imports it.
"""

from lexiscope.sources.scans.micrograph.source import MicrographSource

__all__ = ["MicrographSource"]
