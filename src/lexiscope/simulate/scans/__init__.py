"""scans: small folders of scans in the layouts that labs have, to try a source on.

In: a layout, a number of patients and a seed. Out: a folder that `corpus build` reads. `phantom` draws a volume and
what is marked in it; one file for each format writes it down.
"""

from lexiscope.simulate.scans.write import LAYOUTS, SimulatedScans, write_scans

__all__ = ["LAYOUTS", "SimulatedScans", "write_scans"]
