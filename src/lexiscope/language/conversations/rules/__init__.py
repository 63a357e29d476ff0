"""rules: one family of questions a file; each takes the sentences about a case and yields candidate turns."""
