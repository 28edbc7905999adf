"""Bytes as text: base32 for names that people see, base64url for everything else; both without padding."""

from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode


def b32(data: bytes) -> str:
    """Lower-case base32 (RFC 4648) without padding."""
    return b32encode(data).decode().rstrip("=").lower()


def unb32(text: str) -> bytes:
    """Inverse of `b32`. Raises ValueError on anything that `b32` would not have written."""
    data = b32decode(text.upper() + "=" * (-len(text) % 8))
    if b32(data) != text:
        raise ValueError("not canonical base32")
    return data


def b64(data: bytes) -> str:
    """base64url (RFC 4648, section 5) without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Inverse of `b64`. Raises ValueError on anything that `b64` would not have written."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise ValueError("not canonical base64url")
    return data


def length_prefixed(*parts: bytes) -> bytes:
    """LP(a, b, …): each part as u32 length, big-endian, then the bytes. Injective, so it can be hashed."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
