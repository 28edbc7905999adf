"""The custody clock is a lower bound of the time that passed, whatever happens to the machine's clock."""

from hypothesis import given
from hypothesis import strategies as st

from ddb_custodian.core.clock import LONGEST_GAP, SAVE_EVERY, ClockReading, CustodyTime, accrue, booted, due, start
from ddb_custodian.custody import Custody
from fakes_custodian import ManualClock, MemoryShelf

LEAP = st.one_of(
    st.floats(-(10**9), -0.001), st.floats(LONGEST_GAP + 1, 10**9), st.sampled_from([1000.0, -700.0, -300.0])
)
HISTORY = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 2 * LONGEST_GAP)),
        st.tuples(st.just("leap"), LEAP),
        st.tuples(st.just("reboot"), st.floats(0, 10**6)),
        st.tuples(st.just("crash"), st.floats(0, 2 * LONGEST_GAP)),
        st.tuples(st.just("stop"), st.floats(0, 2 * LONGEST_GAP)),
    ),
    max_size=40,
)


@given(HISTORY)
def test_custody_time_never_exceeds_the_real_time_and_never_goes_back(history: list[tuple[str, float]]) -> None:
    clock, shelf = ManualClock(), MemoryShelf()
    custody = Custody(shelf, clock)
    custody.save()
    for event, amount in history:
        before, passed = custody.now(), clock.passed
        match event:
            case "wait":
                clock.wait(amount)
            case "leap":
                clock.leap(amount)
            case "reboot":
                clock.reboot(amount)
                custody = Custody(shelf, clock)
            case "crash":
                clock.wait(amount)
                custody = Custody(shelf, clock)
            case "stop":
                custody.save()
                clock.wait(amount)
                custody = Custody(shelf, clock)
        custody.save_if_due()
        assert custody.now() <= clock.passed + 1e-6
        assert custody.now() - before <= clock.passed - passed + 1e-6
        if event not in ("reboot", "crash"):
            assert custody.now() >= before


def test_a_reboot_costs_no_more_than_what_was_not_saved() -> None:
    clock, shelf = ManualClock(), MemoryShelf()
    custody = Custody(shelf, clock)
    custody.save()
    for _ in range(1000):
        clock.wait(1)
        custody.save_if_due()
    clock.reboot()
    assert Custody(shelf, clock).now() >= 1000 - SAVE_EVERY - 1


def test_a_leap_there_and_most_of_the_way_back_gains_nothing_over_a_crash() -> None:
    clock, shelf = ManualClock(), MemoryShelf()
    custody = Custody(shelf, clock)
    custody.save()
    for leap in (1000.0, -700.0):
        clock.leap(leap)
        custody.save_if_due()
    assert Custody(shelf, clock).now() == 0.0


def test_another_boot_a_step_back_and_a_long_gap_credit_nothing() -> None:
    custody = CustodyTime(50.0, ClockReading("a", 100.0))
    assert accrue(custody, ClockReading("a", 110.0)).seconds == 60.0
    for reading in (ClockReading("b", 110.0), ClockReading("a", 99.0), ClockReading("a", 101.0 + LONGEST_GAP)):
        assert accrue(custody, reading) == CustodyTime(50.0, reading)
    assert start(ClockReading("a", 7.0)).seconds == 0.0


def test_a_leap_is_saved_at_once_so_that_a_leap_back_gains_nothing() -> None:
    saved = CustodyTime(50.0, ClockReading("a", 100.0))
    assert not due(saved, CustodyTime(55.0, ClockReading("a", 105.0)))
    assert due(saved, CustodyTime(110.0, ClockReading("a", 160.0)))
    assert due(saved, CustodyTime(50.0, ClockReading("a", 10.0**7)))
    assert due(saved, CustodyTime(50.0, ClockReading("b", 101.0)))


def test_another_boot_is_known_by_what_was_saved() -> None:
    clock = ManualClock()
    assert booted(None, clock.read())
    saved = start(clock.read())
    clock.wait(1)
    assert not booted(saved, clock.read())
    clock.reboot()
    assert booted(saved, clock.read())
