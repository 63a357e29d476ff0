"""loop: the one training loop of every stage, its checkpoints, its log and its optimizer."""
