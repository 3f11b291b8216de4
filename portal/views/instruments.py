"""Pages of a program's lead: which questionnaires are asked, and the words of one that it has a licence for."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftercare import access, questionnaires
from aftercare.instruments.structure import structures
from portal.forms.instruments import RhythmForm, WordsForm
from portal.http import INVALID, Request, lead_only, once, page


@lead_only
@require_http_methods(["GET", "HEAD", "POST"])
@once
def index(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Every questionnaire: whose it is, which words are here, how often it is asked."""
    program = access.program_led(standing=request.standing, uid=uid)
    rows = questionnaires.of_program(program=program)
    form = RhythmForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        questionnaires.choose(
            program=program,
            rhythms=form.cleaned_data,
            actor=request.standing.actor(program),
            at=request.at,
        )
        messages.success(request, _("Saved."))
        return redirect("program_instruments", uid=program.uid)
    context = {
        "program": program,
        "form": form,
        "rows": [(row, form[row.structure.code]) for row in rows],
    }
    return page(
        request,
        "instruments/index.html",
        context,
        status=INVALID if form.is_bound else 200,
    )


@lead_only
@require_http_methods(["GET", "HEAD", "POST"])
@once
def words(request: Request, uid: uuid.UUID, code: str) -> HttpResponseBase:
    """Enter the words of one questionnaire."""
    program = access.program_led(standing=request.standing, uid=uid)
    structure = structures().get(code)
    if structure is None:
        raise Http404
    form = WordsForm(request.POST or None, structure=structure)
    if request.method == "POST" and form.is_valid():
        kept = questionnaires.enter(
            program=program,
            structure=structure,
            language=form.cleaned_data["language"],
            words=form.words(),
            licence=form.cleaned_data["licence"],
            actor=request.standing.actor(program),
            at=request.at,
        )
        said = (
            _("Saved as version %(number)s.") if kept.is_new else _("These words are here already.")
        )
        messages.success(request, said % {"number": kept.wording.version})
        return redirect("program_instruments", uid=program.uid)
    context = {"program": program, "form": form, "structure": structure}
    status = INVALID if form.is_bound else 200
    return page(request, "instruments/words.html", context, status=status)
