"""Chunks of any size as a byte stream, without joining them."""

from collections.abc import Iterable


class ByteStream:
    """Reads from an iterator of chunks."""

    def __init__(self, chunks: Iterable[bytes | bytearray | memoryview]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        return bytes(self.take(size))

    def take(self, size: int) -> bytearray:
        """Exactly `size` bytes, fewer only at the end."""
        taken = bytearray()
        while len(taken) < size:
            if not self._left:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._left = memoryview(chunk)
                continue
            part = self._left[: size - len(taken)]
            taken += part
            self._left = self._left[len(part) :]
        return taken
