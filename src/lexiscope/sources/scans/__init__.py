"""scans: what scanners and microscopes write."""
