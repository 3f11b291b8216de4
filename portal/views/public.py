"""Pages for anybody: help in a crisis, what aftercare is, terms, leaving quickly, the language."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import SessionBase
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from aftercare import consent_words, programs, resources
from portal.models import User


def static_page(request: HttpRequest, template: str) -> HttpResponse:
    """A page that needs nothing but its words; `?lang=` chooses them without leaving a trace."""
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else get_language() or ""
    with translation.override(language):
        lines = resources.lines(language=language)
        return render(request, template, {"lines": lines, "languages": settings.LANGUAGES})


@login_not_required
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    """One tap to somebody who answers; stands without database, session and log-in."""
    return static_page(request, "public/help_now.html")


@login_not_required
@require_safe
def crisis(request: HttpRequest) -> HttpResponse:
    """What to do in each kind of crisis; stands without database, session and log-in."""
    return static_page(request, "public/crisis.html")


@login_not_required
@require_safe
def what_is_aftercare(request: HttpRequest) -> HttpResponse:
    """What aftercare is, in plain words."""
    return render(request, "public/what_is_aftercare.html")


@login_not_required
@require_safe
def family(request: HttpRequest) -> HttpResponse:
    """For the people around somebody in recovery; says of nobody whether they are known here."""
    return render(request, "public/family.html")


@login_not_required
@require_safe
def texting(request: HttpRequest) -> HttpResponse:
    """The terms of our texts, as phone companies ask for them."""
    return render(request, "public/texting.html", {"signatures": programs.signatures()})


@login_not_required
@require_safe
def texting_joining(request: HttpRequest) -> HttpResponse:
    """How people come to agree to texts, with the very words they agree to."""
    context = {"signatures": programs.signatures(), "consent": consent_words.shown()}
    return render(request, "public/texting_joining.html", context)


@login_not_required
@require_safe
def texting_privacy(request: HttpRequest) -> HttpResponse:
    """What becomes of phone numbers and texts."""
    return render(request, "public/texting_privacy.html", {"signatures": programs.signatures()})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, who sees it, and what is never done with it."""
    return render(request, "public/privacy.html")


@login_not_required
@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """Where a quick exit ends: a page anybody may have open, true and of no interest."""
    return render(request, "public/measures.html")


@login_not_required
@csrf_exempt
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Quick exit: ends the log-in and ends at a page that says nothing, even without a database.

    Exempt from the CSRF check, because a page open too long must still let its reader out, and a
    visitor must not get a cookie for it. Another site cannot use it: the session cookie is
    SameSite, so a foreign post arrives without one and logs nobody out.
    """
    try:
        logout(request)
    except DatabaseError:
        request.session = _empty_like(request.session)
    response = redirect("measures")
    # Clearing the cache can take browsers seconds, and pages behind a log-in are in no cache.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _empty_like(session: SessionBase) -> SessionBase:
    return type(session)()


@login_not_required
@csrf_exempt
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser, and of the person where somebody is logged in.

    Exempt from the CSRF check for the reasons of `leave`.
    """
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        request.user.speak(chosen)
    return response


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the help pages readable without a connection; it keeps nothing else."""
    response = render(request, "public/sw.js", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
