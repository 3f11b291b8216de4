"""Questionnaires on the web: begin, answer a page at a time, take up again, and look back."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftercare import access, resources, results, safety, screenings
from aftercare.models import Graduate
from aftercare.screenings import Part, Sitting
from portal.forms.screenings import ScreeningForm, name_of
from portal.http import INVALID, Request, graduate_only, once, page

# In an address: name the questions of the page that have no answer.
OPEN = "open"


@graduate_only
@require_http_methods(["GET", "HEAD", "POST"])
@once
def index(request: Request) -> HttpResponseBase:
    """What there is to answer, and one's own answers over time; a post begins."""
    graduate = access.own_graduate(standing=request.standing)
    if request.method == "POST":
        screenings.begin(graduate=graduate, language=_language(), at=request.at)
        return _go(_sitting(request, graduate).place())
    sitting = _sitting(request, graduate)
    place = sitting.place()
    context = {
        "sitting": sitting,
        "href": reverse("screening", args=place) if place else "",
        "results": results.of(graduate=graduate),
        "at": request.at,
        **_help(graduate, sitting),
    }
    return page(request, "screenings/index.html", context)


# Without a key of its own: the same answers sent twice are kept once by themselves, and those that
# are right stay although another one on the page is not.
@graduate_only
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: Request, uid: uuid.UUID, number: int) -> HttpResponseBase:
    """One page of one questionnaire; htmx sends each answer as it is given."""
    screening = access.own_screening(standing=request.standing, uid=uid)
    graduate = screening.graduate
    sitting = _sitting(request, graduate)
    here = next((one for one in sitting.parts if one.uid == uid), None)
    if here is None:
        messages.info(request, _("The time for these questions is over. Your answers are kept."))
        return redirect("screenings")
    if not here.page(number):
        return _go(sitting.place())
    form = _form(here, number, request)
    if request.method == "POST":
        form.full_clean()
        screenings.answer(
            screening=screening,
            values=form.answers(),
            actor=request.standing.actor(graduate.program),
            at=request.at,
        )
        after = _sitting(request, graduate)
        if request.htmx:
            return _saved(request, graduate, after, is_new_danger=not sitting.is_danger)
        return _after(request, form, after, uid, number)
    return _part_page(request, form, sitting, here, number)


def _form(here: Part, number: int, request: Request) -> ScreeningForm:
    """As it was sent; as it stands with what is open in it named; or as it stands."""
    items = here.page(number)
    stands = {name_of(item): here.values.get(item.code) for item in items}
    data = stands if OPEN in request.GET else None
    return ScreeningForm(
        request.POST if request.method == "POST" else data,
        items=items,
        wording=here.wording,
        values=here.values,
    )


def _after(
    request: Request, form: ScreeningForm, sitting: Sitting, uid: uuid.UUID, number: int
) -> HttpResponseBase:
    """Where the answers lead: the same page with what is wrong, or the next one."""
    here = next(one for one in sitting.parts if one.uid == uid)
    if form.errors and not form.is_open:
        return _part_page(request, form, sitting, here, number, status=INVALID)
    if form.errors and "leave" not in request.POST:
        # A page that the Back button can return to, which an answer to a post is not.
        return redirect(reverse("screening", args=[uid, number]) + f"?{OPEN}=1")
    following = sitting.place_after(uid, number)
    if following is None:
        messages.success(
            request,
            _("Saved so far. You can answer the rest any time this week.")
            if sitting.is_open
            else _("Thank you. Your answers are saved."),
        )
    return _go(following)


def _saved(
    request: Request, graduate: Graduate, sitting: Sitting, *, is_new_danger: bool
) -> HttpResponseBase:
    """What htmx puts in place; words of help come into sight once."""
    response = page(request, "screenings/_saved.html", _shown(graduate, sitting))
    if sitting.is_danger and is_new_danger:
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


def _part_page(
    request: Request,
    form: ScreeningForm,
    sitting: Sitting,
    here: Part,
    number: int,
    *,
    status: int = 200,
) -> HttpResponseBase:
    graduate = access.own_screening(standing=request.standing, uid=here.uid).graduate
    back = sitting.place_before(here.uid, number)
    context = {
        "form": form,
        "part": here,
        "name": here.structure.name,
        "back": reverse("screening", args=back) if back else "",
        **_shown(graduate, sitting),
    }
    return page(request, "screenings/part.html", context, status=status)


def _shown(graduate: Graduate, sitting: Sitting) -> dict[str, object]:
    return {"sitting": sitting, **_help(graduate, sitting)}


def _help(graduate: Graduate, sitting: Sitting) -> dict[str, object]:
    """Whose staff reads it, and words of help where an answer asks for them."""
    if not sitting.is_danger:
        return {"program": graduate.program}
    language = _language()
    return {
        "program": graduate.program,
        "crisis_text": safety.crisis_text(program=graduate.program, language=language),
        "lines": resources.lines(language=language)[:1],
    }


def _sitting(request: Request, graduate: Graduate) -> Sitting:
    return screenings.sitting(graduate=graduate, language=_language(), at=request.at)


def _language() -> str:
    return get_language() or "en"


def _go(place: tuple[uuid.UUID, int] | None) -> HttpResponseBase:
    return redirect("screening", *place) if place else redirect("screenings")
