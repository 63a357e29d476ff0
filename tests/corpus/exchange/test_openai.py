"""OpenAI messages: images in base64, whatever is said of their type."""

import base64
import json

import pytest

from lexiscope.corpus import Corpus
from lexiscope.corpus.exchange import import_corpus, validate_file
from lexiscope.corpus.rejections import read_rejections
from lexiscope.testing.drafts import picture, png

PNG = base64.b64encode(png(picture(1)).origin.data).decode()


def write(path, *urls):
    lines = []
    for number, url in enumerate(urls):
        parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "What?"}]
        spoken = [{"role": "user", "content": parts}, {"role": "assistant", "content": "A disc."}]
        lines.append(json.dumps({"id": f"case {number}", "messages": spoken}))
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("kind", ["png", "x-png", "svg+xml", "a/../b", "p" * 300])
def test_an_image_is_what_its_bytes_are(tmp_path, kind):
    file = write(tmp_path / "a.jsonl", f"data:image/{kind};base64,{PNG}")
    import_corpus(tmp_path / "corpus", file, form="openai")
    (image,) = Corpus.open(tmp_path / "corpus")["case 0"].images.values()
    assert image.format == "png"


def test_what_is_no_base64_costs_its_line(tmp_path):
    file = write(tmp_path / "a.jsonl", f"data:image/png;base64,{PNG}", f"data:image/png;base64,{PNG[:8]}ü", "data:,x")
    faults = validate_file(file, form="openai").faults
    assert [fault.row for fault in faults] == [1, 2]
    assert "base64 is damaged" in faults[0].reason
    assert import_corpus(tmp_path / "corpus", file, form="openai").added == 1
    assert len(list(read_rejections(tmp_path / "corpus"))) == 2
