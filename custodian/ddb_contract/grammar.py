"""The text of release conditions: one LALR grammar (lark), built bottom-up, so that depth costs no stack."""

from datetime import datetime
from functools import cache
from typing import Any

from lark import Lark, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from ddb_contract.conditions import (
    MAX_APPROVERS,
    MAX_DEPTH,
    MAX_SECONDS,
    MAX_TEXT,
    After,
    AllOf,
    AnyOf,
    Approvals,
    At,
    AtLeast,
    Button,
    Condition,
    Home,
    approvers,
    depth,
    format_condition,
)

_GRAMMAR = r"""
?start: any
?any: all ("or" all)*               -> any_of
?all: one ("and" one)*              -> all_of
?one: "after" SPAN+                 -> after
    | "at" MOMENT                   -> at
    | "approvals" COUNT "of" names  -> approvals
    | "button"                      -> button
    | "home"                        -> home
    | COUNT "of" "(" any ("," any)* ")"  -> at_least
    | "(" any ")"
names: NAME ("," NAME)* | "(" NAME ("," NAME)* ")"
SPAN: /[0-9]{1,12}[wdhms](?![a-z0-9])/
COUNT: /[0-9]{1,3}(?![a-z0-9])/
NAME: /(?!(?:after|at|approvals|button|home|and|or|of)(?![\w-]))[^\W_][\w-]{0,30}(?![\w-])/
MOMENT: /[0-9]{4}-[0-9:T.+Z-]+/
%ignore /[ \t\n]+/
"""
_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_EXAMPLES = (
    "after 72h, at 2027-01-31T18:00+01:00, after 3d and button, approvals 2 of notary, sister, editor, "
    "2 of (after 1d, after 2d, approvals 1 of (notary))"
)


class BadCondition(ValueError):
    """The release condition can't be understood. `position` is the offset in the text where it goes wrong."""

    def __init__(self, text: str, position: int, why: str) -> None:
        super().__init__(why)
        self.text, self.position, self.why = text, position, why

    def __str__(self) -> str:
        if len(self.text) > MAX_TEXT:
            return self.why
        return f"{self.why}\n  {self.text}\n  {' ' * self.position}^"


class _Refused(ValueError):
    pass


@v_args(inline=True)
class _Build(Transformer[Any, Condition]):
    def after(self, *spans: str) -> Condition:
        seconds = sum(int(span[:-1]) * _UNITS[span[-1]] for span in spans)
        if seconds <= 0:
            raise _Refused("a duration must be longer than nothing")
        if seconds > MAX_SECONDS:
            raise _Refused("a condition can't reach further than ten years")
        return After(seconds)

    def at(self, moment: str) -> Condition:
        try:
            when = datetime.fromisoformat(moment)
        except ValueError:
            raise _Refused(f"{moment} is no date; write it like 2027-01-31T18:00+01:00") from None
        if when.tzinfo is None:
            raise _Refused(f"{moment} has no time zone; add Z or one like +01:00")
        return At(when)

    def names(self, *names: str) -> tuple[str, ...]:
        return tuple(str(name) for name in names)

    def approvals(self, count: str, of: tuple[str, ...]) -> Condition:
        if len(set(of)) < len(of):
            raise _Refused("an approver counts once; one is named twice")
        if not 1 <= int(count) <= len(of):
            raise _Refused(f"{count} approvals of {len(of)} can never be")
        return Approvals(int(count), of)

    def button(self) -> Condition:
        return Button()

    def home(self) -> Condition:
        return Home()

    def any_of(self, *parts: Condition) -> Condition:
        return AnyOf(parts) if len(parts) > 1 else parts[0]

    def all_of(self, *parts: Condition) -> Condition:
        return AllOf(parts) if len(parts) > 1 else parts[0]

    def at_least(self, count: str, *parts: Condition) -> Condition:
        if not 1 <= int(count) <= len(parts):
            raise _Refused(f"{count} of {len(parts)} can never be")
        return AtLeast(int(count), parts)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Build())


def parse(text: str) -> Condition:
    """The condition that `text` says. Raises BadCondition, with the place, for anything else.

    At most 1000 characters (in its one text form too), 8 levels and ten years.
    """
    if len(text) > MAX_TEXT:
        raise BadCondition(text, MAX_TEXT, f"a condition is at most {MAX_TEXT} characters long")
    try:
        condition: Condition = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        position = len(text) if ended or error.pos_in_stream is None else error.pos_in_stream
        raise BadCondition(text, position, f"can't read this condition; try {_EXAMPLES}") from None
    except (VisitError, _Refused) as error:
        why = error.orig_exc if isinstance(error, VisitError) else error
        raise BadCondition(text, 0, str(why)) from None
    if depth(condition) > MAX_DEPTH:
        raise BadCondition(text, 0, f"a condition nests at most {MAX_DEPTH} levels deep")
    if len(format_condition(condition)) > MAX_TEXT:
        raise BadCondition(text, 0, f"written out, this condition is longer than {MAX_TEXT} characters")
    if len(approvers(condition)) > MAX_APPROVERS:
        raise BadCondition(text, 0, f"a condition names at most {MAX_APPROVERS} approvers")
    return condition
