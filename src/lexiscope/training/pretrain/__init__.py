"""pretrain: a tower learns from images or texts alone, before anything pairs them."""
