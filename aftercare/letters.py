"""A letter to somebody outside under a consent: facts, a line of staff, and the notice on each page."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats, translation
from django.utils.translation import gettext
from fpdf import FPDF

from aftercare import disclosure, release_words
from aftercare.directory.pdf import latin
from aftercare.models import Disclosure, Expectation, Graduate, Item, Release
from aftercare.record import Actor

_MARGIN, _FOOT, _LINE, _SIZE = 22.0, 46.0, 5.6, 11
_FAMILY = "Helvetica"
# Only what was attended is counted, in these outcomes; a score never leaves the program.
_KEPT = (Expectation.Outcome.KEPT, Expectation.Outcome.LATE)
_COUNTED = (*_KEPT, Expectation.Outcome.MISSED)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it goes out: the file, and its place in the ledger."""

    pdf: bytes
    disclosure: Disclosure


@transaction.atomic
def write(*, release: Release, words: str, actor: Actor, at: datetime) -> Letter:
    """The PDF in the language of the consent, put into the ledger with it.

    Raises disclosure.NotAllowed where the consent does not cover a letter, or no longer.
    """
    row = disclosure.tell(
        release=release, items=[Item.LETTER], way=Disclosure.Way.LETTER, actor=actor, at=at
    )
    with translation.override(release.language):
        paper = _Paper(notice=str(release_words.NOTICE), at=at)
        _fill(paper, release=release, words=words, actor=actor, at=at)
    return Letter(pdf=bytes(paper.output()), disclosure=row)


def _fill(paper: "_Paper", *, release: Release, words: str, actor: Actor, at: datetime) -> None:
    graduate = release.graduate
    today = at.astimezone(ZoneInfo(graduate.time_zone)).date()
    paper.put(graduate.program.name, bold=True)
    paper.put(f"{graduate.program.phone}\n{formats.date_format(today, 'DATE_FORMAT')}\n")
    paper.put(gettext("To: %(name)s") % {"name": release.recipient})
    paper.put(gettext("About: %(name)s") % {"name": graduate.name})
    paper.put(gettext("What for: %(purpose)s") % {"purpose": release.purpose} + "\n")
    for line in facts(graduate=graduate, at=at):
        paper.put(line)
    if words.strip():
        paper.put("\n" + words.strip())
    scope = "; ".join(release.item_words)
    end = release_words.expiry(last_on=release.last_on, event=release.ends_event)
    paper.put(
        "\n"
        + gettext("The consent to this letter covers: %(scope)s. It ends: %(end)s.")
        % {"scope": scope, "end": end}
    )
    paper.put("\n" + (actor.user.name if actor.user else ""))


def facts(*, graduate: Graduate, at: datetime) -> list[str]:
    """What a letter says: when somebody graduated, since when they are in aftercare, how often they went."""
    zone = ZoneInfo(graduate.time_zone)
    day = formats.date_format
    lines = [
        gettext("Finished the program on %(day)s.")
        % {"day": day(graduate.graduated_on, "DATE_FORMAT")}
    ]
    if graduate.joined_at is not None:
        joined_on = graduate.joined_at.astimezone(zone).date()
        lines.append(
            gettext("In aftercare since %(day)s.") % {"day": day(joined_on, "DATE_FORMAT")}
        )
    dates = Expectation.objects.filter(
        graduate=graduate, kind=Expectation.Kind.OCCURRENCE, due_at__lte=at, outcome__in=_COUNTED
    )
    kept = dates.filter(outcome__in=_KEPT).count()
    counts = {"kept": kept, "all": dates.count()}
    lines.append(gettext("Went to %(kept)s of %(all)s dates in the plan.") % counts)
    return lines


class _Paper(FPDF):
    """Letter paper with the notice and a page number at the foot of every page."""

    def __init__(self, *, notice: str, at: datetime) -> None:
        super().__init__(format="letter")
        self.notice, self.notices = latin(notice), 0
        self.set_creation_date(at)
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_FOOT)
        self.add_page()

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-_FOOT + 3)
        self.set_font(_FAMILY, "", 7)
        self.multi_cell(0, 3.1, self.notice, align="L", border="T")
        self.notices += 1
        self.set_y(-9)
        self.cell(0, 4, str(self.page_no()), align="R")

    def put(self, words: str, *, bold: bool = False) -> None:
        """One paragraph."""
        self.set_font(_FAMILY, "B" if bold else "", _SIZE + 3 if bold else _SIZE)
        self.multi_cell(0, _LINE, latin(words), align="L", new_x="LMARGIN", new_y="NEXT")
