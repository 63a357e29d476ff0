"""A scanner that writes into a folder of the test."""

import pytest

from lexiscope.testing.dicom import Scanner


@pytest.fixture
def scanner(tmp_path) -> Scanner:
    return Scanner(tmp_path / "scans")
