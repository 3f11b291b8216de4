"""For anybody, without a log-in: telling a program one is worried, and ending mails by the link in one."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from aftercare import mail_links, optouts, worries
from notifications import clock
from portal.forms.trust import WorryForm
from portal.http import INVALID


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def worried(request: HttpRequest) -> HttpResponse:
    """Tell a program what worries one about somebody; the answer is the same whoever that is.

    Exempt from the CSRF check, so that a visitor gets no cookie; it acts for nobody.
    """
    programs = worries.programs()
    if request.method != "POST":
        return render(request, "public/worried.html", {"form": WorryForm(programs=programs)})
    form = WorryForm(request.POST, programs=programs)
    if not form.is_valid():
        return render(request, "public/worried.html", {"form": form}, status=INVALID)
    worries.take_in(
        program=form.chosen, told=form.told(), key=form.cleaned_data["key"], at=clock.now()
    )
    return render(request, "public/heard.html")


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails to one mailbox; looking at the page alone changes nothing.

    Exempt from the CSRF check: mail programs press it by themselves (RFC 8058), and the token is the key.
    """
    is_done = request.method == "POST"
    if is_done:
        try:
            optouts.stop_mail(token=token, at=clock.now())
        except mail_links.UnknownToken as error:
            raise Http404(_("This link is not whole.")) from error
    return render(request, "public/unsubscribe.html", {"is_done": is_done})
