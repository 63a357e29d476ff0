"""Interpreting some cases by name, where parts of a model read different ones."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.run import _named
from lexiscope.testing.interpretables import PlantedSubject


def test_a_subject_that_reads_none_of_the_named_cases_costs_no_other():
    subject = PlantedSubject(rule="first")
    cases = subject.cases(8)
    some, others = cases.take([0, 1, 2, 3]), cases.take([4, 5, 6, 7])
    named, without = _named([(subject, some), (subject, others)], [cases.ids[5]])
    assert [list(found.ids) for _, found in named] == [[cases.ids[5]]]
    assert [one.name for one in without] == [subject.name]


def test_names_that_nothing_reads_are_refused():
    subject = PlantedSubject(rule="first")
    with pytest.raises(UsageError, match="expected ids of cases"):
        _named([(subject, subject.cases(3))], ["nobody"])
