"""The report of a program, for its leads."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from aftercare import program_report
from aftercare.models import Role
from portal.http import Request, lead_only, page


@lead_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The figures of one program over the last days; `?days=` and `?program=` choose which."""
    programs = request.standing.programs(Role.Kind.LEAD)
    wanted = request.GET.get("program", "")
    program = next((one for one in programs if str(one.uid) == wanted), programs[0])
    days = next((n for n in program_report.PERIODS if str(n) == request.GET.get("days")), 30)
    context = {
        "report": program_report.read(program=program, at=request.at, days=days),
        "programs": programs,
        "periods": program_report.PERIODS,
        "at": request.at,
    }
    return page(request, "report/index.html", context)
