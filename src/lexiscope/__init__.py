"""lexiscope."""
