"""Entering an approver's code, wherever it may be good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ddb_client.custody import each, everyone
from ddb_client.errors import BadCode, Failure, Refused, TooFewCustodians
from ddb_client.ports import Address, World
from ddb_contract.approval import seed_of


@dataclass(frozen=True)
class Approval:
    """What came of a code: names of the custodians that recorded it now, that had it `already`, that don't know it,
    and what the others answered.
    """

    recorded: tuple[str, ...]
    already: tuple[str, ...]
    unknown: tuple[str, ...]
    failed: Mapping[str, str]


def approve(world: World, code: str, hosts: Sequence[Address]) -> Approval:
    """Enters the code at every custodian that can be found.

    Raises BadCode for a misread one, TooFewCustodians when none answered, Failure when none knows it.
    """
    try:
        seed = seed_of(code)
    except ValueError as error:
        raise BadCode(
            "this is no approval code; was a character misread?", "it has 29 letters and digits, dashes aside"
        ) from error
    apis = everyone(world, hosts)
    names, answers = {api.id: api.name for api in apis}, each(apis, lambda api: api.approve(seed))
    unknown = {i for i, answer in answers.items() if isinstance(answer, Refused) and answer.status == 404}
    approval = Approval(
        tuple(names[i] for i, answer in answers.items() if answer is False),
        tuple(names[i] for i, answer in answers.items() if answer is True),
        tuple(names[i] for i in answers if i in unknown),
        {names[i]: a.message for i, a in answers.items() if isinstance(a, Failure) and i not in unknown},
    )
    if not approval.recorded and not approval.already:
        raise _nowhere(approval)
    return approval


def _nowhere(approval: Approval) -> Failure:
    hint = "is this the network of the custodians that the slip names? --host ADDRESS reaches one elsewhere"
    if approval.unknown:
        return Failure(f"none of the {len(approval.unknown)} custodians that answered knows this code", hint)
    why = "".join(f"; {message}" for message in approval.failed.values())
    return TooFewCustodians(f"no custodian could be asked{why}", hint)
