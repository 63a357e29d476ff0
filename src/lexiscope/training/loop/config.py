"""`LoopConfig`: the settings of the training loop, importable without torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LoopConfig:
    """Settings of one run of the loop, whatever it trains.

    Args:
        epochs: Passes over the rows.
        batch: Rows of a step, over all processes together; the steps of an epoch are as equal as they can be.
        warmup: Part of all steps during which the learning rate rises in a line; it then falls as a cosine to zero.
        clip_norm: Gradients longer than this are shortened to it.
        seed: Seed of everything random in the run.
        bf16: Compute the forward pass in bfloat16 where that is safe; weights stay float32.
        patience: Epochs without a better validation score before the run ends; None runs them all.
        checkpoint_seconds: Seconds between two checkpoints; what a kill can cost.
        average: Share of the steps over which the weights are averaged that are judged and kept; 0 judges the weights
            themselves.
        shard: Names of classes of layers whose weights lie in parts over the processes (`sharding.Sharding`).
        keep_checkpoints: Keep the weights of every n-th epoch, and those of the start, in `epochs/`; None keeps none.
        max_skipped: Steps in a row whose loss is not finite before the run stops with an error.

    Example:
        >>> LoopConfig(epochs=2, batch=8).clip_norm
        1.0
    """

    epochs: int
    batch: int
    warmup: float = 0.1
    clip_norm: float = 1.0
    seed: int = 0
    bf16: bool = False
    patience: int | None = None
    checkpoint_seconds: float = 60.0
    average: float = 0.0
    shard: tuple[str, ...] = ()
    keep_checkpoints: int | None = None
    max_skipped: int = 10
