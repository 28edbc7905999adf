"""The shares' bytes as files in one folder, named by their drop."""

from pathlib import Path


class FileBlobs:
    """`Blobs` in a folder, which is made (0700) if it isn't there."""

    def __init__(self, folder: Path) -> None:
        raise NotImplementedError
