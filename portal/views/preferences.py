"""A graduate's own choices: one page, each part saved by itself."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, cards, consent_words, optouts, phones, preferences
from aftercare.models import Graduate
from aftercare.preferences import Preferences
from aftercare.record import Actor
from notifications.kinds import Scope
from notifications.models import ConsentEvent
from portal import sessions
from portal.forms.enrolment import CodeForm, ConsentForm
from portal.forms.preferences import (
    CallsForm,
    CheckInsForm,
    DeviceForm,
    MailForm,
    NewPhoneForm,
    PauseForm,
    QuietForms,
    WordsForm,
    quiet_forms,
    refuse_all_quiet,
)
from portal.http import INVALID, Request, fresh_log_in, graduate_only, once, page
from portal.views.invitations import tell_code, try_code


def _mine(request: Request) -> tuple[Graduate, Actor]:
    graduate = access.own_graduate(standing=request.standing)
    return graduate, Actor(user=request.user, role="graduate")


def _texts_form(held: Preferences, data: Any = None) -> ConsentForm:
    initial = {scope.value: scope in held.scopes for scope in Scope}
    return ConsentForm(data, alias=held.graduate.program.alias, initial=initial)


def _show(request: Request, graduate: Graduate, **bound: Any) -> HttpResponseBase:
    """The whole page; a form with errors takes the place of its own."""
    held = preferences.read(graduate=graduate, at=request.at)
    every_zone = "zones" in request.GET
    forms: dict[str, Any] = {
        "words": WordsForm.of(held, every_zone=every_zone),
        "quiet": quiet_forms(held),
        "texts": _texts_form(held),
        "pause": PauseForm(),
        "check_ins": CheckInsForm.of(graduate=graduate, is_past_year=held.is_past_year),
        "calls": CallsForm.of(held),
        "new_phone": NewPhoneForm(),
        "mail": MailForm(initial={"mail": held.mails_reminders}),
        "device": DeviceForm(
            initial={"own_device": request.session.get(sessions.OWN_DEVICE, False)}
        ),
    }
    context = {
        "held": held,
        "forms": {**forms, **bound},
        "every_zone": every_zone,
        "terms": consent_words.TERMS,
        "is_staff": bool(request.standing.roles),
    }
    return page(request, "preferences/me.html", context, status=INVALID if bound else 200)


@graduate_only
@never_cache
@require_safe
def me(request: Request) -> HttpResponseBase:
    """Everything a graduate can choose."""
    graduate, _actor = _mine(request)
    return _show(request, graduate)


def _saved(request: Request, part: str) -> HttpResponseBase:
    messages.success(request, _("Saved."))
    return _to(part)


def _to(part: str) -> HttpResponseBase:
    return redirect(f"{reverse('me')}#{part}")


def _posted(view: Callable[[Request], HttpResponseBase]) -> Any:
    return graduate_only(require_POST(once(view)))


@_posted
def words(request: Request) -> HttpResponseBase:
    """Save language, time zone, state and how plain texts are."""
    graduate, actor = _mine(request)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _show(request, graduate, words=form)
    preferences.set_words_and_zone(
        graduate=graduate, **form.cleaned_data, actor=actor, at=request.at
    )
    with translation.override(form.cleaned_data["language"]):
        return _saved(request, "words")


@_posted
def quiet(request: Request) -> HttpResponseBase:
    """Save the hours without texts."""
    graduate, actor = _mine(request)
    forms = QuietForms(request.POST, prefix="quiet")
    if not forms.is_valid():
        return _show(request, graduate, quiet=forms)
    windows = [window for form in forms if (window := form.window())]
    try:
        preferences.set_quiet_hours(graduate=graduate, windows=windows, actor=actor, at=request.at)
    except preferences.NoQuietLeft:
        refuse_all_quiet(forms)
        return _show(request, graduate, quiet=forms)
    return _saved(request, "quiet")


@_posted
def texts(request: Request) -> HttpResponseBase:
    """Save what may be texted."""
    graduate, actor = _mine(request)
    alias = graduate.program.alias
    form = ConsentForm(request.POST, alias=alias)
    if not form.is_valid():
        return _show(request, graduate, texts=form)
    language = translation.get_language() or settings.LANGUAGE_CODE
    preferences.set_texts(
        graduate=graduate,
        wanted=form.scopes,
        words=consent_words.words(scopes=Scope, alias=alias, language=language),
        actor=actor,
        at=request.at,
    )
    return _saved(request, "texts")


@_posted
def mail(request: Request) -> HttpResponseBase:
    """Save whether reminders may come by mail."""
    graduate, actor = _mine(request)
    form = MailForm(request.POST)
    form.is_valid()
    preferences.set_mail_reminders(
        graduate=graduate,
        wanted=form.cleaned_data["mail"],
        words=str(form.fields["mail"].label),
        actor=actor,
        at=request.at,
    )
    return _saved(request, "texts")


@_posted
def stop(request: Request) -> HttpResponseBase:
    """No more texts and mails at all, from now on."""
    graduate, actor = _mine(request)
    optouts.stop(
        graduate=graduate,
        words=_("Stop all texts and mails"),
        source=ConsentEvent.Source.WEB,
        actor=actor,
        at=request.at,
    )
    messages.success(request, optouts.goodbye(graduate=graduate))
    return _to("texts")


@_posted
def check_ins(request: Request) -> HttpResponseBase:
    """Save how often check-ins come."""
    graduate, actor = _mine(request)
    is_past_year = preferences.is_past_year(graduate=graduate, at=request.at)
    form = CheckInsForm(request.POST, graduate=graduate, is_past_year=is_past_year)
    if not form.is_valid():
        return _show(request, graduate, check_ins=form)
    preferences.set_check_ins(
        graduate=graduate,
        **form.choices(),
        actor=actor,
        at=request.at,
    )
    return _saved(request, "check-ins")


@_posted
def pause(request: Request) -> HttpResponseBase:
    """Rest texts up to a day."""
    graduate, actor = _mine(request)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _show(request, graduate, pause=form)
    try:
        preferences.pause(
            graduate=graduate, until=form.cleaned_data["until"], actor=actor, at=request.at
        )
    except preferences.BadPause:
        form.add_error("until", _("Choose a day from today on, at most 90 days ahead."))
        return _show(request, graduate, pause=form)
    return _saved(request, "pause")


@_posted
def resume(request: Request) -> HttpResponseBase:
    """End a pause."""
    graduate, actor = _mine(request)
    preferences.resume(graduate=graduate, actor=actor, at=request.at)
    return _saved(request, "pause")


@_posted
def calls(request: Request) -> HttpResponseBase:
    """Save who has the phone and how to call."""
    graduate, actor = _mine(request)
    form = CallsForm(request.POST)
    if not form.is_valid():
        return _show(request, graduate, calls=form)
    card = dict(form.cleaned_data)
    shared = card.pop("shared")
    cards.fill_in(graduate=graduate, shared=shared, card=card, actor=actor, at=request.at)
    if shared:
        sessions.set_own_device(request.session, is_own=False)
    return _saved(request, "calls")


@_posted
def device(request: Request) -> HttpResponseBase:
    """Stay logged in on this device, or not."""
    form = DeviceForm(request.POST)
    form.is_valid()
    graduate, _actor = _mine(request)
    contact = phones.contact_of(graduate=graduate)
    wanted = form.cleaned_data["own_device"] and not (contact and contact.shared)
    sessions.set_own_device(request.session, is_own=wanted)
    return _saved(request, "log-in")


@_posted
@fresh_log_in
def new_phone(request: Request) -> HttpResponseBase:
    """Put a new number in the old one's place, and text it a code."""
    graduate, actor = _mine(request)
    form = NewPhoneForm(request.POST)
    if not form.is_valid():
        return _show(request, graduate, new_phone=form)
    try:
        contact = phones.replace(
            graduate=graduate, value=form.cleaned_data["phone"], actor=actor, at=request.at
        )
    except phones.SameNumber:
        form.add_error("phone", _("This is the number we have. Nothing to change."))
        return _show(request, graduate, new_phone=form)
    tell_code(request, contact)
    return redirect("me_phone_confirm")


@_posted
@fresh_log_in
def old_phone(request: Request) -> HttpResponseBase:
    """Put the number back that was there until today."""
    graduate, actor = _mine(request)
    try:
        phones.undo_replace(graduate=graduate, actor=actor, at=request.at)
    except phones.NothingToUndo:
        messages.error(request, _("The old number can only be put back within a day."))
        return _to("phone")
    return _saved(request, "phone")


@_posted
def send_code(request: Request) -> HttpResponseBase:
    """Text another code."""
    graduate, _actor = _mine(request)
    contact = phones.contact_of(graduate=graduate)
    if contact is not None:
        tell_code(request, contact)
    return redirect("me_phone_confirm")


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_phone(request: Request) -> HttpResponseBase:
    """Type the texted code; without a key against a second click, for a wrong try must be kept."""
    graduate, actor = _mine(request)
    held = preferences.read(graduate=graduate, at=request.at)
    if held.contact is None or (held.is_confirmed and not held.is_silent):
        return redirect("me")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        problem = try_code(
            digits=form.cleaned_data["code"], contact=held.contact, actor=actor, at=request.at
        )
        if not problem:
            messages.success(request, _("This phone is yours. Now choose what we may text to it."))
            return _to("texts")
        form.add_error("code", problem)
    status = INVALID if request.method == "POST" else 200
    context = {"form": form, "masked": held.masked_phone}
    return page(request, "preferences/confirm_phone.html", context, status=status)
