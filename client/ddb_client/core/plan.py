"""The plan of a drop, before a byte is sent: who holds what under which condition, and what that means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ddb_client.core.choice import choose
from ddb_client.core.outlook import Post, When, amount, listed, opening, post, soonest, what_if
from ddb_client.core.remains import LIMITS
from ddb_client.core.spoken import spoken, timing, weak_sides
from ddb_client.errors import BadThreshold, TooFewCustodians, Usage
from ddb_contract.conditions import (
    MAX_APPROVERS,
    Condition,
    approvers,
    format_condition,
    home_suffices,
    resolve,
)
from ddb_contract.messages import CustodianInfo
from ddb_contract.shares import MAX_SHARES

PAD = "pad"
"""What the owner's own piece is called among the holders."""


@dataclass(frozen=True)
class Wish:
    """What a person asked for. `custodians` and `threshold`: None leaves it to us. `releases`: conditions by name."""

    release: Condition | None
    releases: Mapping[str, Condition]
    custodians: int | None = None
    threshold: int | None = None
    require: tuple[str, ...] = ()
    pad: bool = False
    keep_original: bool = False
    force: bool = False


@dataclass(frozen=True)
class Seat:
    """One holder to be. `custodian` is None, and so is its condition, for the owner's pad."""

    custodian: CustodianInfo | None
    index: int
    condition: Condition | None

    @property
    def name(self) -> str:
        return self.custodian.name if self.custodian else PAD

    @property
    def outer(self) -> bool:
        return self.index >= MAX_SHARES

    @property
    def condition_text(self) -> str | None:
        return format_condition(self.condition) if self.condition else None


@dataclass(frozen=True)
class Plan:
    """`k` of the `n` seats of the group and every outer one bring the drop back. Seats in the scheme's order."""

    k: int
    n: int
    seats: tuple[Seat, ...]
    chosen: str

    @property
    def outer(self) -> int:
        return len(self.seats) - self.n

    @property
    def posts(self) -> list[Post]:
        return [post(seat.name, seat.outer, seat.condition) for seat in self.seats]

    @property
    def conditions(self) -> dict[str, Condition]:
        """By the custodian's name."""
        return {seat.name: seat.condition for seat in self.seats if seat.condition}

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everyone whose approval some condition names. Custodians know them by their place here, counted from 1."""
        return tuple(dict.fromkeys(name for condition in self.conditions.values() for name in approvers(condition)))

    @property
    def opens(self) -> float | None:
        """Seconds after the lock, by time alone."""
        return opening(self.k, self.posts)

    @property
    def soonest(self) -> float | None:
        """Seconds after the lock, whatever people do."""
        return soonest(self.k, self.posts)


def draw_up(wish: Wish, paired: int, answering: Sequence[CustodianInfo], now: datetime) -> Plan:
    """The plan for that wish with the custodians that answer, of so many paired ones.

    Dates become durations from `now`. Raises Usage, BadThreshold, TooFewCustodians.
    """
    chosen, why = _choose(wish, paired, answering)
    required = [_named(name, chosen) for name in dict.fromkeys(wish.require)]
    group = [info for info in chosen if info not in required]
    k = _threshold(wish, len(group), len(required) + wish.pad)
    conditions = _conditions(wish, chosen, now)
    seats = [Seat(info, index, conditions[info.id]) for index, info in enumerate(group)]
    outer: list[CustodianInfo | None] = [*required, *([None] if wish.pad else [])]
    seats += [Seat(info, 255 - i, conditions[info.id] if info else None) for i, info in enumerate(outer)]
    plan = Plan(k, len(group), tuple(seats), why)
    if len(plan.approvers) > MAX_APPROVERS:
        raise Usage(f"{len(plan.approvers)} approvers are too many", f"a drop has at most {MAX_APPROVERS}")
    return plan


def _choose(wish: Wish, paired: int, answering: Sequence[CustodianInfo]) -> tuple[list[CustodianInfo], str]:
    n = wish.custodians if wish.custodians is not None else min(len(answering), MAX_SHARES)
    if not paired:
        raise BadThreshold("this laptop is paired with no custodian", "pair some first: ddb pair")
    if not 1 <= n <= MAX_SHARES and wish.custodians is not None:
        raise BadThreshold(f"{n} custodians can't be: from 1 to {MAX_SHARES} hold a drop")
    if n > paired:
        raise BadThreshold(f"{n} custodians were asked for, but only {paired} are paired", "pair more: ddb pair")
    if n > len(answering) or not answering:
        raise TooFewCustodians(
            f"only {len(answering)} of the {paired} paired custodians answer, {n} are needed",
            "look at their lights, or ask for fewer with --custodians",
        )
    wanted = [_named(name, answering) for name in (*wish.require, *wish.releases)]
    order = sorted(answering, key=lambda info: (info not in wanted, info.practice, info.name, info.id))
    chosen = sorted(order[:n], key=lambda info: (info.name, info.id))
    if n == len(answering):
        return chosen, f"all {n} that answer"
    return chosen, f"{n} of the {len(answering)} that answer: those that were named, real before practice, then by name"


def _named(name: str, infos: Sequence[CustodianInfo]) -> CustodianInfo:
    names = listed(sorted(info.name for info in infos))
    return choose(name, infos, f"those that this drop could go to are {names}")


def _threshold(wish: Wish, group: int, outer: int) -> int:
    if not group:
        raise BadThreshold(
            "at least one custodian must not be required", f"with --threshold {wish.custodians or 'N'} all are needed"
        )
    k = wish.threshold if wish.threshold is not None else group // 2 + 1
    if k > group:
        besides = " besides the required ones" if outer else ""
        raise BadThreshold(f"{k} of {group} custodians{besides} can't be", f"--threshold is at most {group}")
    if k < 1:
        raise BadThreshold(f"a threshold of {k} can't be", "at least 2 of the custodians should be needed")
    if k == 1 and not outer and not wish.force:
        raise BadThreshold(
            "with a threshold of 1 every custodian could open the sealed drop's share alone",
            "ask for --threshold 2 or more, add --pad or --require NAME, or insist with --force",
        )
    return k


def _conditions(wish: Wish, chosen: Sequence[CustodianInfo], now: datetime) -> dict[str, Condition]:
    own = {_named(name, chosen).id: condition for name, condition in wish.releases.items()}
    conditions = {}
    for info in chosen:
        condition = own.get(info.id, wish.release)
        if condition is None:
            raise Usage(f"{info.name} has no release condition", "give one for all, as in --release 'after 72h'")
        try:
            conditions[info.id] = resolve(condition, now)
        except ValueError as error:
            raise Usage(str(error), "choose a date between now and ten years from now") from None
        if home_suffices(condition):
            raise Usage(
                f"`home` alone is no lock: whoever is on the network of {info.name} would have its share at once",
                "join it with another condition, as in 'after 72h and home'",
            )
    return conditions


def plan_words(plan: Plan, wish: Wish, label: str, size: int, when: When) -> list[str]:
    """The plan for a person, one sentence a line."""
    group = [seat.name for seat in plan.seats if not seat.outer]
    outer = [seat.name for seat in plan.seats if seat.outer]
    back = f"any {plan.k} of {listed(group)}" if plan.k < plan.n else listed(group)
    besides = f", and always {listed(outer)} besides" if outer else ""
    if plan.opens is not None:
        opens = f"it opens on {when(plan.opens)}, if {back} can be reached then{besides}"
    else:
        opens = f"it never opens by time alone; it takes {back}{besides}"
    people = plan.soonest is not None and plan.soonest != plan.opens
    lines = [
        f"{label} ({amount(size)}) goes to {listed(seat.name for seat in plan.seats)}; chosen: {plan.chosen}",
        *(f"  {_seat_words(seat, when)}" for seat in plan.seats),
        opens,
        *([f"with the help of people it can be had {_earliest(plan.soonest or 0.0, when)}"] if people else []),
        *what_if(plan.k, plan.posts, when),
        *weak_sides(plan.conditions),
        *_warnings(plan),
        "after that time whoever has this laptop, its ticket or the recovery code can open it"
        + (", if they have the pad too" if PAD in outer else "")
        + (", once people have done what the conditions ask" if plan.opens is None else ""),
    ]
    return [*lines, "the original stays where it is" if wish.keep_original else LIMITS]


def _seat_words(seat: Seat, when: When) -> str:
    if seat.condition is None:
        return f"{seat.name}: kept by you, needed in any case"
    own = post(seat.name, seat.outer, seat.condition)
    needed = ", needed in any case" if seat.outer else ""
    return f"{seat.name}: releases {spoken(seat.condition)} ({timing(own.opens, own.soonest, when)}){needed}"


def _earliest(seconds: float, when: When) -> str:
    return f"not before {when(seconds)}" if seconds else "at any time"


def _warnings(plan: Plan) -> list[str]:
    infos = [seat.custodian for seat in plan.seats if seat.custodian]
    practice = [info.name for info in infos if info.practice]
    administered = [info.name for info in infos if info.administered]
    lines = []
    if practice:
        lines.append(f"practice: {listed(practice)} run on a machine of your own and lock nothing")
    if administered:
        lines.append(f"administered: whoever logs in to {listed(administered)} as root can open that share early")
    if plan.k == 1 and not plan.outer:
        lines.append("risk: each custodian alone holds all sealed bytes")
    return lines
