"""report: an interpretation as one page that asks nobody, and its numbers as one JSON file beside it."""
