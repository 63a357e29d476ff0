"""Every stage of training keeps the contract of stages, and the command line can read it without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.testing.masked import make_masked_corpus
from lexiscope.testing.speaking import make_speaking_corpus, tiny_model
from lexiscope.testing.stages import check_stage
from lexiscope.training import STAGES


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_it_keeps_the_contract(name: str, tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 20)
    masked = make_masked_corpus(tmp_path / "masked") if name == "segment" else corpus
    check_stage(name, masked, tiny_model(corpus, tmp_path / "model"))


def test_settings_and_summaries_are_read_without_torch() -> None:
    code = (
        "import sys; from lexiscope.training import STAGES; [STAGES.load(name).Config() for name in STAGES];"
        "print(sorted({'torch', 'numpy', 'transformers'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
