"""The key is made once; whatever a crash left is repaired, and nothing passes for another custodian."""

import ssl
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.identity import custodian_id, spki_of_certificate, verified
from ddb_contract.problems import Failing
from ddb_custodian.adapters.clock import RawClock
from ddb_custodian.adapters.key import KeyFiles
from fakes_custodian import FakeSigner


def test_a_key_is_made_once_and_signs(tmp_path: Path) -> None:
    first, again = KeyFiles(tmp_path / "state"), KeyFiles(tmp_path / "state")
    assert (first.id, first.spki) == (again.id, again.spki)
    assert first.id == custodian_id(first.spki)
    assert verified(first.spki, b"purpose", b"payload", again.sign(b"purpose", b"payload"))
    for path in (first.key, first.certificate):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.key.parent.stat().st_mode) == 0o700


def test_the_certificate_carries_the_key_from_2020_to_9999_and_serves_tls(tmp_path: Path) -> None:
    from cryptography import x509

    key = KeyFiles(tmp_path)
    certificate = x509.load_pem_x509_certificate(key.certificate.read_bytes())
    assert spki_of_certificate(key.certificate.read_bytes()) == key.spki
    assert (certificate.not_valid_before_utc.year, certificate.not_valid_after_utc.year) == (2020, 9999)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(key.certificate, key.key)


def test_a_crash_before_the_certificate_is_repaired_with_the_same_key(tmp_path: Path) -> None:
    first = KeyFiles(tmp_path)
    for broken in (None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        first.certificate.unlink() if broken is None else first.certificate.write_bytes(broken)
        again = KeyFiles(tmp_path)
        assert again.id == first.id
        assert spki_of_certificate(again.certificate.read_bytes()) == first.spki


def test_a_certificate_of_another_key_is_made_anew(tmp_path: Path) -> None:
    first, other = KeyFiles(tmp_path / "a"), KeyFiles(tmp_path / "b")
    first.certificate.write_bytes(other.certificate.read_bytes())
    assert spki_of_certificate(KeyFiles(tmp_path / "a").certificate.read_bytes()) == first.spki


def test_a_half_written_key_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key.pem.part").write_text("half")
    assert KeyFiles(tmp_path).id == KeyFiles(tmp_path).id


def test_a_lost_or_broken_key_stops_the_custodian(tmp_path: Path) -> None:
    key = KeyFiles(tmp_path)
    for broken in (b"", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----", FakeSigner().spki):
        key.key.write_bytes(broken)
        with pytest.raises(Failing, match="no key that can be read"):
            KeyFiles(tmp_path)
    key.key.unlink()
    with pytest.raises(Failing, match="is lost"):
        KeyFiles(tmp_path)
    assert not key.key.exists()


def test_the_raw_clock_never_goes_back_and_keeps_its_boot() -> None:
    clock = RawClock()
    first, second, other = clock.read(), clock.read(), RawClock().read()
    assert first.boot == second.boot
    assert first.raw <= second.raw
    if Path("/proc/sys/kernel/random/boot_id").exists():
        assert other.boot == first.boot
        assert other.raw >= second.raw


@given(st.binary(max_size=200))
def test_signatures_are_over_the_very_payload(payload: bytes) -> None:
    signer = FakeSigner()
    assert verified(signer.spki, b"p", payload, signer.sign(b"p", payload))
    assert not verified(signer.spki, b"p", payload + b"x", signer.sign(b"p", payload))
