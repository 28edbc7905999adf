"""`ddb split`, killed at every call of every port, and refused in every way."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from ddb_client.core.plan import Wish
from ddb_client.drop import Done, put_away
from ddb_client.errors import BadTarget, Failure, Refused, SourceChanged, Unreachable
from ddb_client.locking import Disagreed
from ddb_client.prepare import prepare
from ddb_client.recover import Wanted, recover
from ddb_client.resume import resume
from ddb_contract.conditions import After
from fakes_client_api import Fate, Killed, Network, TestWorld

CONTENT = b"what nobody may have before friday\n" * 300


def laptop(folder: Path, *names: str) -> TestWorld:
    world = TestWorld(folder, Network(*(names or ("attic", "desk", "shed"))))
    world.pair_all()
    (folder / "diary.txt").write_bytes(CONTENT)
    return world


def wish(**given: object) -> Wish:
    return Wish(After(60), {}, **given)  # type: ignore[arg-type]


def split(world: TestWorld, asked: Wish | None = None) -> Done:
    original = world.home.parent / "diary.txt"
    return put_away(
        world, prepare(world, str(original), asked or wish()), lambda drop: str(world.home / f"{drop}.share")
    )


def intact(world: TestWorld) -> bool:
    original = world.home.parent / "diary.txt"
    return original.is_file() and original.read_bytes() == CONTENT


def recoverable(world: TestWorld) -> bool:
    target = world.home.parent / "back"
    for ticket in world.tickets.all():
        try:
            recover(world, Wanted(ticket, str(target), force=True))
        except Failure:
            continue
        return target.read_bytes() == CONTENT
    return False


def test_a_split_locks_everywhere_wipes_the_original_and_can_be_recovered(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    done = split(world)
    assert done.ticket.phase == "wiped"
    assert not (tmp_path / "diary.txt").exists()
    assert len(world.network.live()) == 3
    assert len(done.recovery_code.split()) == 24
    world.network.pass_time(60)
    assert recoverable(world)


def test_no_share_and_no_sealed_byte_stays_on_the_laptop(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    split(world)
    left = {path.relative_to(tmp_path).parts[1] for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"fleet.json", "fleet.lock", "tickets", "owner-keys"}


def test_the_original_is_not_touched_before_all_have_locked(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    split(world)
    calls = world.fate.calls
    commits = [place for place, call in enumerate(calls) if call == "after MemoryCustodian.commit"]
    stores = [place for place, call in enumerate(calls) if call == "after MemoryCustodian.store"]
    first_commit = calls.index("before MemoryCustodian.commit")
    assert len(commits) == len(stores) == 3
    assert max(stores) < calls.index("before MemoryCustodian.leave_ticket") < first_commit
    assert max(commits) < calls.index("before DiskEraser.wipe")


def steps_of_a_split(folder: Path) -> int:
    world = laptop(folder)
    split(world)
    return world.fate.count


def test_killed_at_any_call_the_original_is_intact_or_the_drop_recoverable(tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    for kill_at in range(1, steps_of_a_split(tmp_path / "count") + 1):
        folder = tmp_path / str(kill_at)
        folder.mkdir()
        world = laptop(folder)
        world.fate.kill_at = kill_at
        with pytest.raises(Killed):
            split(world)
        after = world.reborn()
        resume(after)
        tickets, live = after.tickets.all(), after.network.live()
        where = f"killed at {kill_at}: {world.fate.calls[kill_at - 1]}"
        assert [ticket.phase for ticket in tickets] in ([], ["wiped"]), where
        assert len(live) == (3 if tickets else 0), where
        assert all(share.copy for share in live), where
        assert after.journals.all() == [], where
        after.network.pass_time(60)
        assert recoverable(after) if tickets else intact(after), where


def test_killed_twice_the_second_time_while_resuming_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    steps = steps_of_a_split(tmp_path / "count")
    for kill_at in range(steps - 40, steps, 6):
        for again_at in range(1, 40, 6):
            folder = tmp_path / f"{kill_at}-{again_at}"
            folder.mkdir()
            world = laptop(folder)
            world.fate.kill_at = kill_at
            with pytest.raises(Killed):
                split(world)
            second = world.reborn(Fate(again_at))
            with suppress(Killed):
                resume(second)
            last = second.reborn()
            resume(last)
            last.network.pass_time(60)
            assert intact(last) or recoverable(last)
            assert len(last.network.live()) in (0, 3)


@pytest.mark.parametrize("call", ["reserve", "put_piece", "store", "leave_ticket"])
@pytest.mark.parametrize("status", [404, 409, 507])
def test_a_refusal_before_the_commit_takes_everything_back(tmp_path: Path, call: str, status: int) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses[call] = status
    with pytest.raises(Refused):
        split(world)
    assert intact(world)
    assert world.tickets.all() == []
    assert world.journals.all() == []
    assert world.network.live() == []
    assert all(share.state == "aborted" for each in world.network for share in each.shares.values())


@pytest.mark.parametrize("status", [404, 409, 410])
def test_a_custodian_that_will_never_lock_makes_the_drop_be_destroyed_everywhere(tmp_path: Path, status: int) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = status
    with pytest.raises(Failure, match="destroyed"):
        split(world)
    assert intact(world)
    assert world.network.live() == []
    assert world.tickets.all() == []


def test_a_drop_is_destroyed_until_everyone_confirmed(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = 410
    world.network["shed"].refuses["destroy"] = 500
    with pytest.raises(Failure, match="not yet at shed"):
        split(world)
    assert [ticket.phase for ticket in world.tickets.all()] == ["destroying"]
    resume(world)
    assert len(world.network["shed"].live) == 1
    world.network["shed"].refuses.clear()
    resume(world)
    assert world.network.live() == []
    assert world.tickets.all() == []
    assert intact(world)


def test_of_two_splits_of_one_original_at_once_only_one_goes_on(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    late = prepare(world, str(tmp_path / "diary.txt"), wish())
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable):
        split(world)
    first, shares = world.tickets.all(), [share.request for share in world.network.live()]
    with pytest.raises(BadTarget, match="already being put away"):
        put_away(world, late, lambda drop: drop)
    assert world.tickets.all() == first
    assert [share.request for share in world.network.live()] == shares
    assert intact(world)


def test_a_custodian_that_falls_silent_at_the_commit_is_waited_for(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable, match="untouched"):
        split(world)
    assert intact(world)
    resume(world)
    assert intact(world)
    with pytest.raises(BadTarget, match="already being put away"):
        prepare(world, str(tmp_path / "diary.txt"), wish())
    world.network["desk"].refuses.clear()
    resume(world)
    assert not intact(world)
    assert len(world.network.live()) == 3


def test_when_the_original_changed_meanwhile_a_broken_commit_destroys_nothing(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable):
        split(world)
    (tmp_path / "diary.txt").write_bytes(b"new words")
    world.network["desk"].refuses["commit"] = 410
    resume(world)
    assert (tmp_path / "diary.txt").read_bytes() == b"new words"
    assert len(world.network.live()) == 2
    world.network.pass_time(60)
    assert recoverable(world)


def test_an_original_that_changed_before_the_wipe_is_left_and_the_drop_kept(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable):
        split(world)
    (tmp_path / "diary.txt").write_bytes(b"new words")
    world.network["desk"].refuses.clear()
    resume(world)
    assert (tmp_path / "diary.txt").read_bytes() == b"new words"
    assert [ticket.phase for ticket in world.tickets.all()] == ["locked"]
    assert any("left in place" in line for line in world.progress.said)


def test_keep_original_is_remembered_when_a_split_is_taken_up_again(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable):
        split(world, wish(keep_original=True))
    world.network["desk"].refuses.clear()
    resume(world)
    assert intact(world)
    assert len(world.network.live()) == 3


FIELDS = {
    "type": "locked",
    "drop": "a" * 26,
    "id": "a" * 52,
    "index": 9,
    "size": 65_536 + 960,
    "root": "A" * 43,
    "condition": "after 1s",
    "rights": "A" * 43,
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_stored_receipt_that_differs_in_any_field_takes_everything_back(tmp_path: Path, field: str) -> None:
    world = laptop(tmp_path)
    world.network["desk"].lies = lambda receipt: receipt.model_copy(update={field: FIELDS[field]})
    with pytest.raises(Disagreed, match=f"desk signed another {field}"):
        split(world)
    assert intact(world)
    assert world.network.live() == []


@pytest.mark.parametrize("field", set(FIELDS) - {"type"})
def test_a_locked_receipt_that_differs_in_any_field_destroys_the_drop(tmp_path: Path, field: str) -> None:
    world = laptop(tmp_path)
    world.network["desk"].lies = lambda receipt: (
        receipt.model_copy(update={field: FIELDS[field]}) if receipt.type == "locked" else receipt
    )
    with pytest.raises(Failure, match=f"signed another {field}"):
        split(world)
    assert intact(world)
    assert world.network.live() == []


def test_a_file_that_grows_while_it_is_read_stops_the_split(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    prepared = prepare(world, str(tmp_path / "diary.txt"), wish())
    with (tmp_path / "diary.txt").open("ab") as file:
        file.write(b"more")
    with pytest.raises(SourceChanged, match="grew"):
        put_away(world, prepared, str)
    assert world.network.live() == []
    assert world.tickets.all() == []
    assert (tmp_path / "diary.txt").read_bytes() == CONTENT + b"more"


def test_another_process_leaves_a_running_split_alone(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    phases: list[str] = []

    def meddle(receipt: object) -> object:
        resume(world.reborn())
        phases.extend(ticket.phase for ticket in world.reborn().tickets.all())
        return receipt

    world.network["desk"].lies = meddle  # type: ignore[assignment]
    assert split(world).ticket.phase == "wiped"
    assert phases == ["draft", "committing"]


def test_with_a_pad_nothing_opens_without_it(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    done = split(world, wish(pad=True))
    pad = world.home / f"{done.ticket.drop}.share"
    world.network.pass_time(60)
    hidden = pad.rename(tmp_path / "stick.share")
    with pytest.raises(Failure, match="pad is needed"):
        recover(world, Wanted(done.ticket, str(tmp_path / "back")))
    recover(world, Wanted(done.ticket, str(tmp_path / "back"), pad=str(hidden)))
    assert (tmp_path / "back").read_bytes() == CONTENT


def test_without_a_required_custodian_nothing_opens(tmp_path: Path) -> None:
    world = laptop(tmp_path, "attic", "desk", "notary")
    done = split(world, wish(require=("notary",)))
    world.network.pass_time(60)
    world.network["notary"].silent = True
    with pytest.raises(Failure, match="notary doesn't answer"):
        recover(world, Wanted(done.ticket, str(tmp_path / "back")))
    world.network["notary"].silent = False
    recover(world, Wanted(done.ticket, str(tmp_path / "back")))
    assert (tmp_path / "back").read_bytes() == CONTENT


def test_a_name_that_a_terminal_would_obey_or_a_ticket_cannot_carry_becomes_a_harmless_label(tmp_path: Path) -> None:
    world = laptop(tmp_path)
    odd = tmp_path / os.fsdecode(b"a\x1b[31m\xff" + "\u0645\u06cc\u200c\u0631\u0648\u0645".encode())
    odd.write_bytes(CONTENT)
    done = put_away(world, prepare(world, str(odd), wish()), str)
    assert done.ticket.label == "a?[31m?\u0645\u06cc\u200c\u0631\u0648\u0645"
    world.network.pass_time(60)
    assert recoverable(world)


def test_an_original_whose_folder_is_gone_ends_well(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    world = laptop(tmp_path)
    (tmp_path / "usb" / "diary.txt").write_bytes(CONTENT)
    world.network["desk"].refuses["commit"] = 429
    with pytest.raises(Unreachable):
        put_away(world, prepare(world, str(tmp_path / "usb" / "diary.txt"), wish()), str)
    (tmp_path / "usb" / "diary.txt").unlink()
    (tmp_path / "usb").rmdir()
    world.network["desk"].refuses.clear()
    resume(world)
    assert len(world.network.live()) == 3
    assert world.journals.all() == []
