"""The report of a program, for its leads."""

from collections.abc import Iterable
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftercare.models import ReportExport, Role
from aftercare.report import catalogue, exports, tables
from aftercare.report.tables import Report
from notifications.models import Program
from portal.forms.report import TakeOutForm
from portal.http import INVALID, Request, fresh_log_in, lead_only, page

Of = TypeVar("Of")


@lead_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The figures of one program; `?days=`, `?program=`, `?track=` and `?cohort=` choose of whom and when."""
    context = {
        "report": tables.read(
            program=_program(request),
            at=request.at,
            days=_days(request),
            track=request.GET.get("track", ""),
            cohort=request.GET.get("cohort", ""),
        ),
        "programs": request.standing.programs(Role.Kind.LEAD),
        "periods": tables.PERIODS,
        "catalogue": catalogue,
        "compared": [one for one in catalogue.EVERY if one.code in tables.COMPARED],
    }
    return page(request, "report/index.html", context)


@lead_only
@fresh_log_in
@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: Request) -> HttpResponseBase:
    """The figures as a file, once a reason is given; numbers under 11 are hidden in it."""
    program, days = _program(request), _days(request)
    form = TakeOutForm(request.POST or None, initial={"form": ReportExport.Form.CSV})
    if not form.is_valid():
        context = {"form": form, "program": program, "days": days}
        status = INVALID if form.is_bound else 200
        return page(request, "report/take_out.html", context, status=status)
    report = exports.take_out(
        program=program,
        days=days,
        form=form.cleaned_data["form"],
        reason=form.cleaned_data["reason"],
        actor=request.standing.actor(program),
        at=request.at,
    )
    kind = form.cleaned_data["form"]
    response = _pdf(request, report) if kind == ReportExport.Form.PDF else _csv(report)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="report-{report.last_on}.{kind}"'
    )
    return response


def _csv(report: Report) -> HttpResponseBase:
    pieces = (piece.encode() for piece in exports.as_csv(report=report))
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")


def _pdf(request: Request, report: Report) -> HttpResponseBase:
    # Only a PDF needs its library, which brings a library of pictures with it.
    from aftercare.report import paper

    period = _("%(first)s to %(last)s") % {
        "first": formats.date_format(report.first_on, "DATE_FORMAT"),
        "last": formats.date_format(report.last_on, "DATE_FORMAT"),
    }
    note = _("Numbers under 11 are hidden, and others from which they could be worked out.")
    body = paper.render(report=report, period=period, note=note, at=request.at)
    return HttpResponse(body, content_type="application/pdf")


def _program(request: Request) -> Program:
    programs = request.standing.programs(Role.Kind.LEAD)
    wanted = request.GET.get("program", "")
    return _chosen(programs, wanted, [str(one.uid) for one in programs])


def _days(request: Request) -> int:
    periods = tables.PERIODS
    return _chosen(periods, request.GET.get("days", ""), [str(days) for days in periods])


def _chosen(choices: Iterable[Of], wanted: str, names: Iterable[str]) -> Of:
    """The one of this name; the first, where the address holds nonsense."""
    found = dict(zip(names, choices, strict=True))
    return found.get(wanted) or next(iter(found.values()))
