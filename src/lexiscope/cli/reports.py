"""Reports of evaluations for people: tables of estimates, then verdicts, notes, the rule and what the gate found."""

from typing import TYPE_CHECKING

from lexiscope.cli.output import print_table, say

if TYPE_CHECKING:
    from lexiscope.evaluate.report.report import Report


def print_report(report: "Report") -> None:
    """Print a report of any evaluation, also of one that another package brings."""
    from lexiscope.evaluate.report.tables import COLUMNS

    for table in report.tables():
        print_table(table.title, COLUMNS, [row.cells for row in table.rows])
    for line in report.lines():
        say(line)
