import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from aftercare import access, disclosure, grants, inspections, oversight
from aftercare.models import AuditEntry, Graduate, Inspection, Role
from aftercare.record import PORTAL
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AGREEMENT = "The auditor keeps no copy.\nSigned on paper on 9 March."


@pytest.fixture
def auditor() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.AUDITOR, name="Avery Cole")


@pytest.fixture
def graduate(auditor: Role) -> Graduate:
    return build.graduate(program=auditor.program)


def grant(role: Role, *graduates: Graduate, **more: str) -> Inspection:
    return inspections.grant(
        role=role,
        graduates=graduates,
        purpose=more.get("purpose", "A yearly audit"),
        agreement=more.get("agreement", AGREEMENT),
        until=AT + 3 * DAY,
        actor=PORTAL,
        at=AT,
    )


def names(role: Role, at: datetime) -> list[str]:
    return [
        one.graduate.first_name
        for one in grants.inspected(standing=access.roles_of(user=role.user, at=at))
    ]


def test_auditor_reads_the_named_records_until_the_day_and_no_other(
    auditor: Role, graduate: Graduate
) -> None:
    other = build.graduate(program=auditor.program, first_name="Kim")
    assert names(auditor, AT) == []

    row = grant(auditor, graduate)

    assert (row.agreement_hash, row.agreement) == (
        hashlib.sha256(AGREEMENT.encode()).hexdigest(),
        AGREEMENT,
    )
    assert names(auditor, AT + 3 * DAY - timedelta(seconds=1)) == ["Sam"]
    assert names(auditor, AT + 3 * DAY) == []
    standing = access.roles_of(user=auditor.user, at=AT + DAY)
    assert grants.open_record(standing=standing, uid=graduate.uid).inspection == row
    with pytest.raises(access.NotYours):
        grants.open_record(standing=standing, uid=other.uid)
    (line,) = disclosure.ledger(graduate=graduate)
    assert (line.recipient, line.basis, line.purpose) == (
        "Avery Cole",
        "an audit of the program",
        "A yearly audit",
    )
    seen = AuditEntry.objects.filter(actor=auditor.user).order_by("pk")
    assert list(seen.values_list("verb", "role")) == [("read", "auditor"), ("disclosed", "auditor")]


def test_auditor_s_role_ends_with_the_last_audit(auditor: Role, graduate: Graduate) -> None:
    first, _second = grant(auditor, graduate), grant(auditor, graduate)
    inspections.end(row=first, actor=PORTAL, at=AT + DAY)
    auditor.refresh_from_db()
    assert auditor.until == AT + 3 * DAY
    inspections.end(row=_second, actor=PORTAL, at=AT + DAY)
    auditor.refresh_from_db()
    assert auditor.until == AT + DAY
    assert names(auditor, AT + DAY) == []


@pytest.mark.parametrize("lacks", ["agreement", "purpose", "records"])
def test_audit_without_agreement_purpose_or_records_opens_nothing(
    auditor: Role, graduate: Graduate, lacks: str
) -> None:
    people = [] if lacks == "records" else [graduate]
    words = {lacks: " "} if lacks != "records" else {}
    with pytest.raises(inspections.NoAgreement):
        grant(auditor, *people, **words)
    with pytest.raises(inspections.NoAgreement):
        grant(build.role(program=auditor.program), graduate)
    assert Inspection.objects.count() == 0


def test_named_finds_each_line_or_says_which_fits_nobody(auditor: Role, graduate: Graduate) -> None:
    lead = build.role(program=auditor.program, kind=Role.Kind.LEAD)
    standing = access.roles_of(user=lead.user, at=AT)
    found = oversight.named(standing=standing, role=auditor, lines=" sam RIVERS\n\nSam Rivers\n")
    assert found == [graduate]
    build.graduate(first_name="Kim", last_name="Elsewhere")
    build.graduate(program=auditor.program)
    for line in ("Kim Elsewhere", "Sam Rivers"):
        with pytest.raises(oversight.NotFound) as error:
            oversight.named(standing=standing, role=auditor, lines=line)
        assert error.value.line == line
