"""Every address of the product."""

from django.conf import settings
from django.urls import include, path

from portal.views import (
    broadcasts,
    calendars,
    caseload,
    checkins,
    dates,
    enrolment,
    feeds,
    graduates,
    health,
    home,
    inbox,
    invitations,
    meetings,
    operations,
    outreach,
    plan,
    preferences,
    programs,
    public,
    report,
    simulator,
    style,
    webhooks,
)

urlpatterns = [
    # For machines that watch the portal
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    # For the texting provider, which signs what it asks
    path("sms/inbound", webhooks.sms_inbound, name="sms_inbound"),
    path("sms/status/<uuid:attempt_uid>", webhooks.sms_status, name="sms_status"),
    path("voice/inbound", webhooks.voice_inbound, name="voice_inbound"),
    # For anybody
    path("help-now/", public.help_now, name="help_now"),
    path("crisis/", public.crisis, name="crisis"),
    path("what-is-aftercare/", public.what_is_aftercare, name="what_is_aftercare"),
    path("family/", public.family, name="family"),
    path("texting/", public.texting, name="texting"),
    path("texting/joining/", public.texting_joining, name="texting_joining"),
    path("texting/privacy/", public.texting_privacy, name="texting_privacy"),
    path("privacy/", public.privacy, name="privacy"),
    path("exit/", public.leave, name="exit"),
    path("measures/", public.measures, name="measures"),
    path("language/", public.choose_language, name="choose_language"),
    path("sw.js", public.service_worker, name="service_worker"),
    # The directory of support meetings, for anybody
    path("meetings/", meetings.finder, name="meetings"),
    path("meetings/search.json", meetings.search_json, name="meetings_json"),
    path("meetings/feed.json", meetings.feed_json, name="meetings_feed"),
    path("meetings/<slug:slug>/", meetings.meeting, name="meeting"),
    path("meetings/<slug:slug>.ics", meetings.meeting_ics, name="meeting_ics"),
    # A graduate's own calendar, by an address that only they know
    path("calendar/<str:token>.ics", calendars.feed, name="calendar"),
    path("", home.home, name="home"),
    # Graduates
    path("today/", home.today, name="today"),
    path("plan/", plan.week, name="plan"),
    path("plan/add/", plan.add, name="plan_add"),
    path("plan/<uuid:uid>/", plan.change, name="plan_change"),
    path("plan/<uuid:uid>/end/", plan.end, name="plan_end"),
    path("plan/<uuid:uid>/restore/", plan.restore, name="plan_restore"),
    path("plan/<uuid:uid>/answer/", plan.answer, name="plan_answer"),
    path("plan/<uuid:uid>/dates/<str:recurrence_id>/", dates.date, name="plan_date"),
    path("plan/<uuid:uid>/skip/", dates.skip, name="plan_skip"),
    path("plan/<uuid:uid>/as-usual/", dates.put_back, name="plan_put_back"),
    path("plan/<uuid:uid>/remind/", dates.remind_again, name="plan_remind_again"),
    path("plan/calendar/", calendars.manage, name="plan_calendar"),
    path("plan/calendar/off/", calendars.revoke, name="plan_calendar_off"),
    path("plan/pause/", dates.pause, name="plan_pause"),
    path("plan/pauses/<uuid:uid>/end/", dates.end_pause, name="plan_end_pause"),
    path("graduates/<uuid:graduate_uid>/plan/pause/", dates.pause, name="graduate_plan_pause"),
    path("graduates/<uuid:graduate_uid>/plan/add/", plan.add, name="graduate_plan_add"),
    path("checkins/", checkins.index, name="checkins"),
    path("checkins/<uuid:uid>/", checkins.one, name="checkin"),
    # The caseload
    path("caseload/", caseload.index, name="caseload"),
    path("graduates/<uuid:uid>/", graduates.graduate, name="graduate"),
    path("graduates/<uuid:uid>/phone/", graduates.phone, name="graduate_phone"),
    path("graduates/text/size/", graduates.text_size, name="text_size"),
    path("graduates/<uuid:uid>/text/", graduates.text, name="graduate_text"),
    path("graduates/<uuid:uid>/outreach/", outreach.note, name="outreach_note"),
    path(
        "graduates/<uuid:uid>/outreach/<uuid:contact>/undo/",
        outreach.take_back,
        name="outreach_take_back",
    ),
    path("graduates/<uuid:uid>/steps/<uuid:contact>/done/", outreach.step_done, name="step_done"),
    path(
        "graduates/<uuid:uid>/steps/<uuid:contact>/again/", outreach.step_again, name="step_again"
    ),
    path(
        "graduates/<uuid:uid>/steps/<uuid:contact>/later/", outreach.step_later, name="step_later"
    ),
    path("graduates/<uuid:uid>/signals/<uuid:signal>/rest/", outreach.snooze, name="signal_snooze"),
    path("graduates/<uuid:uid>/signals/<uuid:signal>/wake/", outreach.wake, name="signal_wake"),
    path("graduates/<uuid:uid>/signals/<uuid:signal>/seen/", outreach.seen, name="signal_seen"),
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/read/", inbox.read, name="mark_read"),
    path("inbox/<uuid:uid>/unread/", inbox.unread, name="mark_unread"),
    # Shared dates
    path("groups/", broadcasts.index, name="broadcasts"),
    path("groups/<uuid:uid>/<str:recurrence_id>/", broadcasts.call_off, name="broadcast_call_off"),
    path("groups/<uuid:uid>/take-back", broadcasts.take_back, name="broadcast_take_back"),
    path("report/", report.index, name="report"),
    # How sending goes, and one text
    # Where the meetings come from
    path("feeds/", feeds.index, name="feeds"),
    path("feeds/<uuid:uid>/", feeds.one, name="feed"),
    path("feeds/imports/<uuid:uid>/", feeds.decide, name="feed_decide"),
    path("changed/<str:token>", feeds.changed, name="news"),
    path("operations/", operations.index, name="operations"),
    path("operations/senders/<uuid:uid>/pace/", operations.pace, name="sender_pace"),
    path("texts/<uuid:uid>/", operations.story, name="text_story"),
    path("texts/<uuid:uid>/decide/", operations.decide, name="text_decide"),
    # For those who build pages
    path("style/", style.gallery, name="style"),
    path("style/<slug:screen>/", style.screen, name="style_screen"),
    # Coming in
    path("graduates/new/", enrolment.new, name="graduate_new"),
    path("graduates/import/", enrolment.import_roster, name="roster_import"),
    path("graduates/<uuid:uid>/link/", enrolment.link, name="graduate_link"),
    path("graduates/<uuid:uid>/consent/", enrolment.consent, name="graduate_consent"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("join/<str:token>/again/", invitations.again, name="join_again"),
    path("welcome/phone/", invitations.phone, name="join_phone"),
    path("welcome/phone/code/", invitations.send_code, name="join_send_code"),
    path("welcome/texts/", invitations.texts, name="join_texts"),
    # One's own choices
    path("me/", preferences.me, name="me"),
    path("me/words/", preferences.words, name="me_words"),
    path("me/quiet/", preferences.quiet, name="me_quiet"),
    path("me/texts/", preferences.texts, name="me_texts"),
    path("me/check-ins/", preferences.check_ins, name="me_check_ins"),
    path("me/pause/", preferences.pause, name="me_pause"),
    path("me/resume/", preferences.resume, name="me_resume"),
    path("me/calls/", preferences.calls, name="me_calls"),
    path("me/device/", preferences.device, name="me_device"),
    path("me/phone/", preferences.new_phone, name="me_phone"),
    path("me/phone/old/", preferences.old_phone, name="me_old_phone"),
    path("me/mail/", preferences.mail, name="me_mail"),
    path("me/phone/confirm/", preferences.confirm_phone, name="me_phone_confirm"),
    path("me/phone/code/", preferences.send_code, name="me_send_code"),
    # What a program sets
    path("program/", programs.index, name="programs"),
    path("program/segments/", programs.segments, name="program_segments"),
    path("program/<uuid:uid>/", programs.settings, name="program"),
    path("program/<uuid:uid>/staff/", programs.staff, name="program_staff"),
    path(
        "program/<uuid:uid>/staff/<uuid:role_uid>/end/", programs.end_role, name="program_end_role"
    ),
    path("program/<uuid:uid>/holidays/", broadcasts.holidays_of, name="program_holidays"),
    path(
        "program/<uuid:uid>/holidays/<uuid:holiday_uid>/remove/",
        broadcasts.remove_holiday,
        name="program_remove_holiday",
    ),
    # Log-in
    path("accounts/", include("allauth.urls")),
]

handler500 = "portal.views.errors.server_error"

if settings.DEMO:
    urlpatterns += [
        path("simulator/", simulator.board, name="simulator"),
        path("simulator/messages.json", simulator.messages_json, name="simulator_messages"),
        path("simulator/reply", simulator.reply, name="simulator_reply"),
        path("simulator/forward", simulator.forward, name="simulator_forward"),
        path("simulator/enter/<slug:role>", simulator.enter, name="simulator_enter"),
    ]
