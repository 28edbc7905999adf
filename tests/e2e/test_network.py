"""A network that breaks, and one that lies."""

import os
import signal
from pathlib import Path

from e2e.harness import Custodian, Fleet, Laptop, sha256, until
from e2e.middle import BreakingRelay, Eavesdropper, Impersonator, reroute

MEGA = 1_000_000


def test_connections_that_break_now_and_then_are_taken_up_again(own_fleet: Fleet, tmp_path: Path) -> None:
    original = tmp_path / "long"
    original.write_bytes(os.urandom(12 * MEGA))
    digest = sha256(original)
    attic, desk = own_fleet["attic"], own_fleet["desk"]
    with BreakingRelay(attic.port, 3 * MEGA // 2, 4) as to_attic, BreakingRelay(desk.port, 2 * MEGA, 4) as to_desk:
        reroute(own_fleet, "attic", to_attic.port)
        reroute(own_fleet, "desk", to_desk.port)
        done = own_fleet.split(original)
        assert (to_attic.left, to_desk.left) == (0, 0)
        to_attic.left = to_desk.left = 4
        own_fleet["shed"].stop()
        back = own_fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
        assert (to_attic.left, to_desk.left) == (0, 0)
    assert (back["sha256"], back["damaged"]) == (digest, [])


def test_another_key_in_a_custodians_place_hears_not_one_byte(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = own_fleet.split(letter)
    desk = own_fleet["desk"]
    port, other = desk.port, Custodian(tmp_path / "other", "other").start()
    other.stop()
    desk.stop()
    second = tmp_path / "second.txt"
    second.write_text("another letter")
    with Impersonator(port, other.state) as impostor:
        result = own_fleet.ddb("split", second, "--custodians", "3", "--release", "after 1h", "--yes")
        result.refused(4, "desk", "another key")
        own_fleet["shed"].stop()
        own_fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "again").refused(4, "desk")
    assert impostor.handshakes > 0
    assert impostor.heard == b""
    assert second.exists()


def test_a_man_in_the_middle_can_not_pair_even_when_the_code_is_right(
    own_fleet: Fleet, stranger: Laptop, tmp_path: Path
) -> None:
    desk, other = own_fleet["desk"], Custodian(tmp_path / "other", "other").start()
    own = other.id
    other.stop()
    desk.send(signal.SIGUSR1)
    code = until(lambda: desk.code, "the pairing window is open")
    with Eavesdropper(desk.port, other.state, desk.id, own) as middle:
        result = stranger.ddb("pair", "--host", f"127.0.0.1:{middle.port}", "--code", code)
        result.refused(1, "somebody is in the middle")
    assert b"POST /v1/pairing" in middle.heard
    assert not any(each["paired"] for each in stranger.json("discover"))


def test_a_wrong_code_pairs_nobody_and_the_third_makes_a_new_one(own_fleet: Fleet, stranger: Laptop) -> None:
    desk = own_fleet["desk"]
    desk.send(signal.SIGUSR1)
    code = until(lambda: desk.code, "the pairing window is open")
    wrong = "1111" if code != "1111" else "2222"
    host = f"127.0.0.1:{desk.port}"
    for _ in range(3):
        stranger.ddb("pair", "--host", host, "--code", wrong).refused(1, "not the pairing code")
    assert until(lambda: desk.code, "there is a new code")
    assert stranger.ddb("pair", "--host", host, "--code", desk.code).status == 0
