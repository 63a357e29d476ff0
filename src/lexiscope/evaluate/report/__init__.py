"""report: results as one HTML page that holds its own pictures, style and charts."""
