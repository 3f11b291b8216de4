"""This morning, and the caseload: who needs a counselor, and everyone the counselor answers for."""

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from aftercare import caseload
from aftercare import morning as mornings
from aftercare.models import Role
from portal.forms.caseload import ALL, FilterForm
from portal.http import Request, page, staff_only


@staff_only
@require_safe
def morning(request: Request) -> HttpResponseBase:
    """Everybody who needs somebody today, worked on in place."""
    standing = request.standing
    sees_both = standing.is_counselor and standing.is_lead
    shows_all = not standing.is_counselor or (sees_both and request.GET.get("whose") == ALL)
    context = {
        "morning": mornings.read(
            standing=standing,
            at=request.at,
            mine_only=not shows_all,
            today=timezone.localdate(request.at),
        ),
        "sees_both": sees_both,
        "shows_all": shows_all,
        "at": request.at,
    }
    return page(request, "caseload/morning.html", context, fragment="caseload/_morning.html")


@staff_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The ranked list, narrowed as the address says."""
    standing = request.standing
    form = FilterForm(
        request.GET,
        programs=standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD),
        is_lead=standing.is_lead,
        is_counselor=standing.is_counselor,
    )
    filters = form.filters()
    context = {
        "listing": caseload.rows(standing=standing, at=request.at, filters=filters),
        "form": form,
        "filters": filters,
        "show_counselor": not filters.mine_only,
        "at": request.at,
    }
    return page(request, "caseload/index.html", context, fragment="caseload/_rows.html")
