"""captions: sentences written from the attributes of cases."""
