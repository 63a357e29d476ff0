"""classify: how well an attribute is told from images, beside what needs no image."""
