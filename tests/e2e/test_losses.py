"""Custodians that are lost, damaged, or lie."""

from pathlib import Path

from e2e.harness import Fleet, sha256


def test_one_of_three_may_be_lost_for_good(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = own_fleet.split(letter)
    own_fleet["desk"].kill()
    back = own_fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert (back["sha256"], sorted(back["used"]), back["damaged"]) == (digest, ["attic", "shed"], [])


def test_two_of_three_lost_are_too_many_and_are_named(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = own_fleet.split(letter)
    own_fleet["desk"].kill()
    own_fleet["shed"].kill()
    own_fleet.ddb("recover", done["drop"], "--to", tmp_path / "again").refused(4, "desk", "shed")
    assert not (tmp_path / "again").exists()
    own_fleet["desk"].start()
    back = own_fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_a_damaged_share_is_named_and_made_good(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter)
    fleet["attic"].damage(done["drop"])
    result = fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "again", "--json")
    assert result.status == 5
    assert "attic" in result.err
    assert (result.json["sha256"], result.json["damaged"]) == (digest, ["attic"])
    assert sha256(tmp_path / "again") == digest


def test_each_may_be_damaged_elsewhere(fleet: Fleet, tmp_path: Path) -> None:
    original = tmp_path / "long"
    original.write_bytes(bytes(range(256)) * 12_000)
    digest = sha256(original)
    done = fleet.split(original)
    fleet["attic"].damage(done["drop"], 0)
    fleet["desk"].damage(done["drop"], 983_040)
    fleet["shed"].damage(done["drop"], 2 * 983_040)
    result = fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "again", "--json")
    assert result.status == 5
    assert result.json["sha256"] == digest
    assert set(result.json["damaged"]) <= {"attic", "desk", "shed"} != set()


def test_damage_beyond_repair_gives_nothing_at_all(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter)
    fleet["attic"].damage(done["drop"])
    fleet["desk"].damage(done["drop"])
    fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "again").refused(5, "attic", "desk")
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.glob(".*again*"))


def test_a_custodian_that_swaps_its_whole_share_is_named(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    other = tmp_path / "other.txt"
    other.write_text("another letter")
    one, two = fleet.split(letter)["drop"], fleet.split(other)["drop"]
    attic = fleet["attic"]
    for suffix in (".share", ".leaves"):
        mine, theirs = attic.share(one).with_suffix(suffix), attic.share(two).with_suffix(suffix)
        mine.write_bytes(theirs.read_bytes())
    result = fleet.ddb("recover", one, "--wait", "--to", tmp_path / "again", "--json")
    assert result.status == 5, result
    assert (result.json["sha256"], result.json["damaged"]) == (digest, ["attic"])


def test_a_damaged_share_file_is_made_good_by_another(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter)
    copies = []
    for custodian in fleet.custodians:
        copies.append(tmp_path / f"{custodian.name}.share")
        copies[-1].write_bytes(custodian.share(done["drop"]).read_bytes())
    turned = bytearray(copies[0].read_bytes())
    turned[100] ^= 1
    copies[0].write_bytes(turned)
    result = fleet.ddb("join", *copies, "--ticket", done["ticket"], "--to", tmp_path / "again", "--json")
    assert result.status == 5, result
    assert result.json["sha256"] == digest


def test_a_truncated_share_file_is_named(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter)
    whole, short = fleet["attic"].share(done["drop"]), tmp_path / "short.share"
    short.write_bytes(fleet["desk"].share(done["drop"]).read_bytes()[:1000])
    result = fleet.ddb("join", whole, short, "--ticket", done["ticket"], "--to", tmp_path / "again")
    result.refused(5, "desk is damaged")
    assert not (tmp_path / "again").exists()
