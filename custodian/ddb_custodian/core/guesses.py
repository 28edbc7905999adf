"""Token buckets: how many wrong guesses may be made, and how soon again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """At most `burst` at once, and one more after each `every` seconds."""

    burst: int
    every: float


@dataclass(frozen=True)
class Bucket:
    """The guesses that were left at a custody time."""

    left: float
    at: float


def left(rate: Rate, bucket: Bucket | None, now: float) -> float:
    """The guesses that are left by now; all of them in a bucket that never was."""
    return float(rate.burst) if bucket is None else min(rate.burst, bucket.left + (now - bucket.at) / rate.every)


def spent(rate: Rate, bucket: Bucket | None, now: float) -> Bucket:
    """The bucket after one guess more."""
    return Bucket(max(0.0, left(rate, bucket, now) - 1), now)
