"""caption: how well images are described, beside what needs no image."""
