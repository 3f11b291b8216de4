"""Who lives in the demo: always the same sixty, and nobody real."""

from collections import Counter

from aftercare.demo.people import STAFF, Manner, graduates


def test_there_are_sixty_in_every_manner() -> None:
    manners = Counter(person.manner for person in graduates())

    assert manners.total() == 60
    assert set(manners) == set(Manner)


def test_they_are_always_the_same() -> None:
    assert graduates() == graduates()


def test_no_number_and_no_mailbox_is_real() -> None:
    people = graduates()

    assert all(person.phone[5:8] == "555" and person.phone[8:10] == "01" for person in people)
    assert len({person.phone for person in people}) == 60
    assert all(person.email.endswith("@example.org") for person in people if person.email)
    assert all(staff.email.endswith("@example.org") for staff in STAFF)


def test_some_live_by_text_and_some_speak_spanish() -> None:
    people = graduates()

    assert sum(not person.email for person in people) == 12
    assert {person.language for person in people} == {"en", "es"}
