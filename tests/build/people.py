"""Programs, staff, phones and graduates."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from allauth.mfa.models import Authenticator

from aftercare import duty as on_list
from aftercare.models import (
    Assignment,
    Contact,
    Duty,
    Graduate,
    Role,
    Track,
)
from aftercare.record import PORTAL
from notifications import addresses, consent
from notifications.kinds import Scope
from notifications.models import (
    Address,
    ConsentEvent,
    Message,
    Program,
    Sender,
)
from portal.models import User

# Before every instant the tests look at, so that nothing built is younger than its story.
LONG_AGO = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
NEW_YORK = "America/New_York"
OFFICE_HOURS = [[["09:00", "17:00"]]] * 5 + [[], []]
CRISIS_TEXTS = {
    "en": "You matter. Call or text 988 now (calls: 1 Veterans, 2 Spanish). In danger call 911.",
    "es": "Tu vida vale. Llama o textea al 988 ahora (2 para hablar en tu idioma). Peligro: 911.",
}
_numbers = itertools.count()
_AREA_CODES = (215, 267, 610, 484, 717, 570, 412, 724, 814)


def phone() -> str:
    """The next made-up number, E.164; nine hundred pass before one comes again."""
    number = next(_numbers)
    area = _AREA_CODES[number // 100 % len(_AREA_CODES)]
    return f"+1{area}55501{number % 100:02d}"


def program(
    *,
    name: str = "Harbor House",
    alias: str = "Harbor",
    time_zone: str = NEW_YORK,
    staffed_hours: list[list[list[str]]] | None = None,
    crisis_texts: dict[str, str] | None = None,
    texting_on: bool = True,
    with_sender: bool = True,
) -> Program:
    """A program with office hours on weekdays, and a number to send from."""
    made = Program.objects.create(
        name=name,
        alias=alias,
        time_zone=time_zone,
        phone="(215) 555-0142",
        staffed_hours=OFFICE_HOURS if staffed_hours is None else staffed_hours,
        crisis_texts=CRISIS_TEXTS if crisis_texts is None else crisis_texts,
        texting_on=texting_on,
        created_at=LONG_AGO,
    )
    if with_sender:
        sender(program=made)
    return made


_new_program = program  # for builders whose argument has the same name


def sender(*, program: Program, number: str | None = None) -> Sender:
    """A number the program texts from."""
    return Sender.objects.create(program=program, number=number or phone())


def user(*, email: str | None = None, name: str = "Dana Reyes", language: str = "") -> User:
    """A log-in account without a password."""
    return User.objects.create_user(
        email=email or f"person{next(_numbers)}@example.org",
        at=LONG_AGO,
        name=name,
        language=language,
    )


_new_user = user


def role(
    *,
    program: Program,
    kind: Role.Kind = Role.Kind.COUNSELOR,
    user: User | None = None,
    name: str = "Dana Reyes",
    since: datetime = LONG_AGO,
    until: datetime | None = None,
    with_second_step: bool = True,
) -> Role:
    """A role of staff, held by a new account unless one is given; log-in asks it for a second step."""
    holder = user or _new_user(name=name)
    if with_second_step:
        second_step(user=holder)
    return Role.objects.create(user=holder, program=program, kind=kind, since=since, until=until)


def second_step(*, user: User) -> None:
    """An app that makes log-in codes, as staff must have one."""
    Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "made up"}}
    )


def address(
    *,
    value: str | None = None,
    channel: str = Sender.Channel.SMS,
    time_zone: str = NEW_YORK,
    language: str = "en",
    confirmed_at: datetime | None = LONG_AGO,
    opted_out_at: datetime | None = None,
    quiet_windows: list[list[str]] | None = None,
) -> Address:
    """A phone number that its owner has confirmed."""
    made = addresses.get_or_make(
        channel=channel,
        value=value or phone(),
        at=LONG_AGO,
        time_zone=time_zone,
        language=language,
    )
    made.confirmed_at = confirmed_at
    made.opted_out_at = opted_out_at
    made.quiet_windows = quiet_windows or []
    made.save()
    return made


def consents(*, address: Address, program: Program, scopes: Iterable[Scope] = tuple(Scope)) -> None:
    """What the owner of an address agreed to."""
    consent.grant(
        address=address,
        program=program,
        scopes=list(scopes),
        source=ConsentEvent.Source.WEB,
        words="Yes, text me.",
        at=LONG_AGO,
    )


def graduate(
    *,
    program: Program | None = None,
    counselor: Role | None = None,
    user: User | None = None,
    first_name: str = "Sam",
    last_name: str = "Rivers",
    phone: str | None = None,
    to: Address | None = None,
    with_phone: bool = True,
    shared: bool = False,
    scopes: Iterable[Scope] = tuple(Scope),
    status: Graduate.Status = Graduate.Status.ACTIVE,
    tracks: Sequence[Track] = (Track.SUBSTANCE_USE,),
    time_zone: str = NEW_YORK,
    language: str = "en",
    graduated_on: date = date(2026, 1, 2),
    joined_at: datetime | None = LONG_AGO,
    asks_use: bool = False,
    preferred_hour: int | None = None,
    cadence_days: int | None = None,
    assess_at: datetime | None = None,
) -> Graduate:
    """Somebody who joined, with a confirmed phone (a new one, or `to`) and every consent."""
    made = Graduate.objects.create(
        program=program or _new_program(),
        user=user,
        first_name=first_name,
        last_name=last_name,
        tracks=list(tracks),
        status=status,
        time_zone=time_zone,
        language=language,
        graduated_on=graduated_on,
        created_at=LONG_AGO,
        joined_at=joined_at,
        asks_use=asks_use,
        preferred_hour=preferred_hour,
        cadence_days=cadence_days,
        assess_at=assess_at,
    )
    if with_phone:
        reached = to or address(value=phone, time_zone=time_zone, language=language)
        contact(graduate=made, address=reached, shared=shared)
        consents(address=reached, program=made.program, scopes=scopes)
    if counselor:
        assignment(graduate=made, counselor=counselor)
    return made


def contact(
    *,
    graduate: Graduate,
    address: Address,
    shared: bool = False,
    confirmed_at: datetime | None = LONG_AGO,
) -> Contact:
    """How a graduate is reached."""
    return Contact.objects.create(
        graduate=graduate,
        address=address,
        shared=shared,
        confirmed_at=confirmed_at,
        since=LONG_AGO,
    )


def duty(*, role: Role, is_on_call: bool = False) -> Duty:
    """Somebody on the escalation list whose phone has passed its test."""
    row = on_list.add(role=role, number=phone(), actor=PORTAL, at=LONG_AGO)
    on_list.pass_test(row=row, code=row.code, at=LONG_AGO)
    if is_on_call:
        on_list.put_on_call(row=row, actor=PORTAL, at=LONG_AGO)
    Message.objects.filter(key__startswith=f"page_test:{row.uid}").delete()
    return Duty.objects.get(pk=row.pk)


def safety_lane(*, role: Role) -> Duty:
    """The safety lane of a program switched on, with this one on call."""
    row = duty(role=role, is_on_call=True)
    on_list.approve_words(program=role.program, actor=PORTAL, at=LONG_AGO)
    on_list.switch_on(program=role.program, actor=PORTAL, at=LONG_AGO)
    return row


def assignment(*, graduate: Graduate, counselor: Role, since: datetime = LONG_AGO) -> Assignment:
    """Who is responsible for a graduate."""
    return Assignment.objects.create(graduate=graduate, counselor=counselor, since=since)


def address_of(graduate: Graduate) -> Address:
    """The one open phone of a graduate."""
    return Address.objects.get(contacts__graduate=graduate, contacts__until__isnull=True)


def sender_of(graduate: Graduate) -> Sender:
    """The one number the graduate's program texts from."""
    return Sender.objects.get(program=graduate.program, channel=Sender.Channel.SMS)
