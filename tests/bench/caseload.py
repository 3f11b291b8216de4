"""How fast morning, caseload and report open for a counselor with 80 people and a lead with 5,000, page by page.

`python -m tests.bench caseload --json [--messages N]` lets the lead have so many people.
"""

import gc
import time
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from tests.bench.dispatch import machine
from tests.bench.finder import judge
from tests.faults import home

QUESTIONS = ("sqlite",)
OWN, PROGRAM = 80, 5_000
ROUNDS = 40
AIM_MS, REPORT_MS = 300, 2_000
WEEKS, REPORTS = 52, 5
BATCH = 2_000


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Open the pages again and again on a database of its own; the object that is printed."""
    before = machine()
    with home.portal("sqlite"):
        results = _measure(messages or PROGRAM)
    aims = [
        judge(f"{case}, p95 in ms", row["p95"], REPORT_MS if "/report" in case else AIM_MS)
        for case, row in results.items()
    ]
    return {"bench": "caseload", "machine": before, "results": results, "aims": aims}


def _measure(size: int) -> dict[str, dict[str, float]]:
    from django.conf import settings
    from django.test import Client

    from aftercare.models import Role
    from tests import build

    # Files are served by others; their names cost the same without a fingerprint.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.ALLOWED_HOSTS = ["testserver"]
    program = build.program()
    counselor = build.role(program=program)
    others = [build.role(program=program) for _ in range(-(-size // OWN) - 1)]
    lead = build.role(program=program, kind=Role.Kind.LEAD)
    _people([counselor, *others], size)
    results = {}
    pages = {
        f"sqlite/{OWN}/morning": (counselor, "/"),
        f"sqlite/{OWN}/first page": (counselor, "/caseload/"),
        f"sqlite/{OWN}/search": (counselor, "/caseload/?words=rivers"),
        f"sqlite/{size}/morning": (lead, "/"),
        f"sqlite/{size}/first page": (lead, "/caseload/"),
        f"sqlite/{size}/last page": (lead, f"/caseload/?page={size // 25}"),
        f"sqlite/{size}/search": (lead, "/caseload/?words=rivers"),
        f"sqlite/{size}/report": (lead, "/report/"),
        f"sqlite/{size}/report of a year": (lead, "/report/?days=365"),
    }
    for case, (role, address) in pages.items():
        client = Client()
        client.force_login(role.user)
        results[case] = _times(client, address, REPORTS if "/report/" in address else ROUNDS)
    return results


def _people(counselors: list[Any], count: int) -> None:
    """Graduates, so many to each, with a year of outcomes; every fifth has a signal."""
    from django.db import transaction

    from aftercare.models import Assignment, DisengagementSignal, Graduate
    from notifications import clock
    from tests import build

    now = clock.now()
    with transaction.atomic():
        people = Graduate.objects.bulk_create(
            Graduate(
                program=counselors[0].program,
                first_name=f"Sam {number}",
                last_name="Rivers" if number % 7 == 0 else "Hale",
                tracks=["mood"],
                status=Graduate.Status.ACTIVE,
                time_zone=build.NEW_YORK,
                graduated_on=now.date() - timedelta(days=90),
                created_at=now - timedelta(days=90),
                joined_at=now - timedelta(days=90),
            )
            for number in range(count)
        )
        Assignment.objects.bulk_create(
            Assignment(graduate=one, counselor=counselors[number // OWN], since=now)
            for number, one in enumerate(people)
        )
        DisengagementSignal.objects.bulk_create(
            DisengagementSignal(
                graduate=one,
                kind=DisengagementSignal.Kind.SILENT,
                band=DisengagementSignal.Band.REACH_OUT,
                points=one.pk % 9,
                reasons=[{"code": "plan_empty", "points": 0}],
                opened_at=now,
                changed_at=now,
            )
            for one in people[::5]
        )
        _outcomes(people, now)


def _outcomes(people: list[Any], now: datetime) -> None:
    from aftercare.models import Expectation
    from tests import build

    choir = build.commitment(graduate=people[0])
    outcomes = [Expectation.Outcome.KEPT, Expectation.Outcome.MISSED, Expectation.Outcome.LATE]
    Expectation.objects.bulk_create(
        (
            Expectation(
                graduate=one,
                kind=Expectation.Kind.OCCURRENCE,
                commitment=choir,
                recurrence_id=f"{one.pk}:{week}",
                opened_at=now - timedelta(weeks=week, hours=1),
                due_at=now - timedelta(weeks=week),
                outcome=outcomes[(one.pk + week) % 3],
            )
            for one in people
            for week in range(WEEKS)
        ),
        batch_size=BATCH,
    )


def _times(client: Any, address: str, rounds: int) -> dict[str, float]:
    client.get(address)
    # As the server does once it is loaded.
    gc.collect()
    gc.freeze()
    took, worked = [], []
    for _ in range(rounds):
        began, cpu = time.perf_counter(), time.process_time()
        answer = client.get(address)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise AssertionError(f"{address} answered {answer.status_code}")
    return {
        "median": round(median(took), 1),
        "p95": round(sorted(took)[int(rounds * 0.95) - 1], 1),
        "cpu_median": round(median(worked), 1),
        "cpu_p95": round(sorted(worked)[int(rounds * 0.95) - 1], 1),
    }
