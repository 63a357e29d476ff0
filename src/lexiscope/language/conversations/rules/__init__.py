"""rules: one family of questions a file; each takes what is written of a case and yields proposals."""
