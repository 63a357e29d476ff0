"""The numbers of an evaluation for people: its tables, then its sentences."""

from lexiscope.cli.output import print_table, say
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.report.tables import COLUMNS


def print_report(report: Report) -> None:
    """Print what `evaluate` or `benchmark run` measured."""
    for table in report.tables():
        print_table(table.title, COLUMNS, [row.cells for row in table.rows])
    for line in report.lines():
        say(line)
