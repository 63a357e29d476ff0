"""cli: one file per verb, each a thin layer over one public function.

In: words on a command line. Out: a table for people, or with `--json` one JSON document on stdout and nothing else.
"""
