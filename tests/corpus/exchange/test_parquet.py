"""Parquet: exact, with the bytes of files and without where they lay; other tables are refused with a way out."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus
from lexiscope.corpus.exchange.parquet import ParquetSource
from lexiscope.sources.images import ImagesSource
from lexiscope.testing import make_corpus
from lexiscope.testing.drafts import picture, png


def test_linked_files_travel_along_and_their_places_do_not(tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "a.png").write_bytes(png(picture(1)).origin.data)
    build_corpus(tmp_path / "corpus", ImagesSource(tmp_path / "lab"), link=True)
    export_corpus(tmp_path / "corpus", tmp_path / "out.parquet", form="parquet")
    assert str(tmp_path / "lab") not in (tmp_path / "out.parquet").read_bytes().decode("latin-1")
    (tmp_path / "lab" / "a.png").unlink()
    assert import_corpus(tmp_path / "back", tmp_path / "out.parquet", form="parquet").added == 1
    back = Corpus.open(tmp_path / "back")
    assert back.object_path(back["a"].images["image"]).read_bytes() == png(picture(1)).origin.data


def test_changed_bytes_are_noticed_case_by_case(tmp_path):
    make_corpus(tmp_path / "corpus", 3)
    export_corpus(tmp_path / "corpus", tmp_path / "out.parquet", form="parquet")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    rows[1]["files"][0]["bytes"] += b"!"
    rows[2]["files"] = []
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(tmp_path / "out.parquet")), tmp_path / "b.parquet")
    whole, changed, missing = ParquetSource(tmp_path / "b.parquet").drafts()
    assert whole.id == rows[0]["id"]
    assert "are not those that were exported" in changed.reason
    assert "is missing" in missing.reason


def test_other_tables_are_refused(tmp_path):
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(UsageError, match=r"lacks the columns .* --as table"):
        ParquetSource(tmp_path / "a.parquet").drafts()
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="expected a Parquet file at"):
        ParquetSource(tmp_path / "b.parquet").drafts()


def test_damage_costs_the_rows_behind_it_in_their_group(tmp_path):
    make_corpus(tmp_path / "corpus", 40)
    export_corpus(tmp_path / "corpus", tmp_path / "out.parquet", form="parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=20, compression="none", use_dictionary=False)
    data = bytearray((tmp_path / "b.parquet").read_bytes())
    start = pq.read_metadata(tmp_path / "b.parquet").row_group(1).column(0).data_page_offset
    data[start : start + 8] = b"\xff" * 8
    (tmp_path / "b.parquet").write_bytes(data)
    *whole, damaged = ParquetSource(tmp_path / "b.parquet").drafts()
    assert len(whole) == 20
    assert "group 1 of 20 rows is damaged" in damaged.reason
    assert damaged.remedy
    assert import_corpus(tmp_path / "back", tmp_path / "b.parquet", form="parquet").added == 20


def test_a_damaged_schema_is_refused(tmp_path):
    pq.write_table(pa.table({"caption": ["a"]}), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes().replace(b"caption", b"cap\xffion")
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(UsageError, match=r"expected a Parquet file at|lacks the columns"):
        ParquetSource(tmp_path / "a.parquet").drafts()


@pytest.mark.parametrize("suffix", [None, "", "/../../x", ".png/y", "." + "a" * 300, ".\0"])
def test_what_a_file_says_of_suffixes_is_no_part_of_a_path(tmp_path, suffix):
    make_corpus(tmp_path / "corpus", 1)
    export_corpus(tmp_path / "corpus", tmp_path / "out.parquet", form="parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    rows[0]["files"][0]["suffix"] = suffix
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "b.parquet")
    assert import_corpus(tmp_path / "back", tmp_path / "b.parquet", form="parquet").added == 1
