"""Filters over the table say what the filter itself says of each case; counts are those of the cases left."""

from collections import Counter
from pathlib import Path

import pytest

from lexiscope.core import Case, Image, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.index.filter import parse_filter, plain_values
from lexiscope.serve.case_table import CaseTable
from lexiscope.serve.kept import Kept


def _image(modality: str) -> Image:
    return Image("0" * 64, modality, "png", (8, 8))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = Corpus.create(tmp_path_factory.mktemp("table") / "corpus")
    modalities = [(), ("flair",), ("t1", "flair"), ("t1",)]
    made.upsert(
        Case(
            f"visit-{n}",
            f"p{n % 5}",
            Provenance("table", licence="CC0-1.0" if n % 2 else "unknown, ask"),
            images={name: _image(name) for name in modalities[n % 4]},
            attributes={"age": n, "risk": ("low", "high")[n % 2], "fed": n % 3 == 0} if n % 7 else {"grade": 2},
            split=("train", "test", None)[n % 3],
        )
        for n in range(30)
    )
    return made


@pytest.fixture(scope="module")
def table(corpus: Corpus) -> CaseTable:
    return CaseTable(corpus)


@pytest.mark.parametrize(
    "where",
    [
        [],
        ["split=test"],
        ["split!=test"],
        ["modalities=flair"],
        ["modalities!=flair"],
        ["attributes.age>=12", "attributes.age<20"],
        ["attributes.risk=low", "group in p1, p2"],
        ["attributes.fed=true"],
        ["attributes.grade!=2"],
        ["case=visit-3"],
        ["licence=unknown, ask"],
        ["source=nothing"],
    ],
)
def test_the_table_finds_the_cases_that_the_filter_admits(corpus: Corpus, table: CaseTable, where: list[str]) -> None:
    condition = parse_filter(where)

    def admitted(case: Case) -> bool:
        fields = {
            "case": case.id,
            "group": case.group,
            "licence": case.provenance.licence,
            "source": case.provenance.source,
            "modalities": list(case.images),
            **{f"attributes.{name}": value for name, value in plain_values(case.attributes).items()},
            **({"split": case.split} if case.split else {}),
        }
        return condition.admits(fields)

    found = [case.id for case in corpus.at(table.places(condition).tolist())]
    assert sorted(found) == sorted(case.id for case in corpus if admitted(case))


def test_numbers_within_ids_are_ordered_by_their_size(corpus: Corpus, table: CaseTable) -> None:
    found = [case.id for case in corpus.at(table.places(parse_filter([])).tolist())]
    assert found == [f"visit-{n}" for n in range(30)]


def test_a_facet_keeps_the_values_that_its_own_condition_leaves_out(corpus: Corpus, table: CaseTable) -> None:
    facets = table.facets(parse_filter(["split=test", "modalities=t1"]))
    of_t1 = [case for case in corpus if "t1" in case.images]
    assert facets["split"] == Counter(case.split for case in of_t1 if case.split)
    assert facets["total"] == sum(case.split == "test" for case in of_t1)


def test_many_numbers_are_a_range_and_words_called_low_and_high_are_not(table: CaseTable) -> None:
    attributes = table.facets(parse_filter([]))["attributes"]
    assert attributes["age"] == (1, 29)
    assert attributes["risk"] == {"low": 12, "high": 13}
    assert attributes["grade"] == {"2": 5}


def test_a_misspelt_attribute_is_refused(table: CaseTable) -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'attributes\.grade'"):
        table.places(parse_filter(["attributes.grad=2"]))


def test_what_is_kept_is_made_again_after_the_corpus_changed(tmp_path: Path) -> None:
    corpus = Corpus.create(tmp_path / "corpus")
    kept = Kept(CaseTable)
    assert kept.of(corpus).places(parse_filter([])).tolist() == []
    assert kept.of(corpus) is kept.of(corpus)
    corpus.upsert([Case("a", "p", Provenance("table"))])
    assert kept.known(corpus) is None
    assert kept.of(corpus).places(parse_filter([])).tolist() == [0]
