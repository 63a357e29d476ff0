"""tables: rows that name image files, texts, questions and attributes."""
