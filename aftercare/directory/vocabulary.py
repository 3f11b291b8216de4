"""Words for people: the fellowships we know, and what each canonical tag is called.

A fellowship's or a tag's slug is what addresses, feeds and rows carry; the names are for screens.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare.directory import codes

Name = str | Promise


@dataclass(frozen=True, slots=True)
class Fellowship:
    """A fellowship: the short name its people use, and its full name."""

    short: Name
    name: Name


FELLOWSHIPS: dict[str, Fellowship] = {
    "aa": Fellowship("AA", "Alcoholics Anonymous"),
    "aca": Fellowship("ACA", "Adult Children of Alcoholics"),
    "al-anon": Fellowship("Al-Anon", "Al-Anon"),
    "ca": Fellowship("CA", "Cocaine Anonymous"),
    "cea-how": Fellowship("CEA-HOW", "Compulsive Eaters Anonymous-HOW"),
    "celebrate-recovery": Fellowship("Celebrate Recovery", "Celebrate Recovery"),
    "cma": Fellowship("CMA", "Crystal Meth Anonymous"),
    "coda": Fellowship("CoDA", "Co-Dependents Anonymous"),
    "da": Fellowship("DA", "Debtors Anonymous"),
    "daa": Fellowship("DAA", "Drug Addicts Anonymous"),
    "dra": Fellowship("DRA", "Dual Recovery Anonymous"),
    "eda": Fellowship("EDA", "Eating Disorders Anonymous"),
    "fa": Fellowship("FA", "Food Addicts in Recovery Anonymous"),
    "ga": Fellowship("GA", "Gamblers Anonymous"),
    "ha": Fellowship("HA", "Heroin Anonymous"),
    "lifering": Fellowship("LifeRing", "LifeRing Secular Recovery"),
    "ma": Fellowship("MA", "Marijuana Anonymous"),
    "na": Fellowship("NA", "Narcotics Anonymous"),
    "nar-anon": Fellowship("Nar-Anon", "Nar-Anon Family Groups"),
    "oa": Fellowship("OA", "Overeaters Anonymous"),
    "pal": Fellowship("PAL", "Parents of Addicted Loved Ones"),
    "rca": Fellowship("RCA", "Recovering Couples Anonymous"),
    "rd": Fellowship("Recovery Dharma", "Recovery Dharma"),
    "recovery": Fellowship(_("Recovery group"), _("Recovery support groups")),
    "rr": Fellowship("Refuge Recovery", "Refuge Recovery"),
    "sa": Fellowship("SA", "Sexaholics Anonymous"),
    "saa": Fellowship("SAA", "Sex Addicts Anonymous"),
    "sca": Fellowship("SCA", "Sexual Compulsives Anonymous"),
    "sg": Fellowship(_("Support group"), _("Support groups")),
    "sia": Fellowship("SIA", "Survivors of Incest Anonymous"),
    "slaa": Fellowship("SLAA", "Sex and Love Addicts Anonymous"),
    "smart": Fellowship("SMART Recovery", "SMART Recovery"),
    "ua": Fellowship("UA", "Underearners Anonymous"),
    "va": Fellowship("VA", "Violence Anonymous"),
    "wfs": Fellowship("WFS", "Women for Sobriety"),
}

TAGS: dict[str, Name] = {
    "adults-only": _("Adults only"),
    "alateen": _("Alateen"),
    "as-bill-sees-it": _("As Bill Sees It"),
    "basic-text": _("Basic Text"),
    "big-book": _("Big Book"),
    "birthday": _("Celebrates sober time"),
    "bisexual": _("Bisexual"),
    "breakfast": _("Breakfast"),
    "business-meeting": _("Business meeting"),
    "candlelight": _("Candlelight"),
    "captions": _("Captions"),
    "child-friendly": _("Children welcome"),
    "childcare": _("Childcare"),
    "closed": _("Closed: for members and people who want to join"),
    "concepts": _("Concepts"),
    "cross-talk": _("People may answer each other"),
    "daily-reflections": _("Daily Reflections"),
    "digital-basket": _("Takes gifts online"),
    "discussion": _("Discussion"),
    "dog-friendly": _("Dogs welcome"),
    "dual-diagnosis": _("Dual diagnosis"),
    "eleventh-step": _("11th Step"),
    "fragrance-free": _("No perfume, please"),
    "gay": _("Gay"),
    "grapevine": _("Grapevine"),
    "indigenous": _("Indigenous people"),
    "just-for-today": _("Just for Today"),
    "language-ar": _("Arabic"),
    "language-asl": _("Sign language (ASL)"),
    "language-de": _("German"),
    "language-en": _("English"),
    "language-es": _("Spanish"),
    "language-fa": _("Persian"),
    "language-fr": _("French"),
    "language-he": _("Hebrew"),
    "language-hi": _("Hindi"),
    "language-it": _("Italian"),
    "language-ja": _("Japanese"),
    "language-ko": _("Korean"),
    "language-pl": _("Polish"),
    "language-pt": _("Portuguese"),
    "language-ru": _("Russian"),
    "language-tl": _("Tagalog"),
    "language-uk": _("Ukrainian"),
    "lesbian": _("Lesbian"),
    "lgbtq": _("LGBTQ+"),
    "literature": _("Reads a book together"),
    "living-sober": _("Living Sober"),
    "meditation": _("Meditation"),
    "men": _("Men"),
    "native-american": _("Native Americans"),
    "newcomer": _("Newcomers"),
    "no-smoking": _("No smoking"),
    "non-binary": _("Non-binary people"),
    "open": _("Open: anyone may come"),
    "outdoor": _("Outdoors"),
    "parents-of-alcoholics": _("Parents"),
    "people-of-color": _("People of color"),
    "professionals": _("Professionals"),
    "proof-of-attendance": _("Signs proof of attendance"),
    "questions": _("Questions and answers"),
    "restricted-access": _("Ask before you come"),
    "secular": _("Secular"),
    "seniors": _("Seniors"),
    "sharing": _("Sharing"),
    "smoking": _("Smoking allowed"),
    "speaker": _("Speaker"),
    "step": _("Step study"),
    "teens": _("Teens"),
    "topic": _("Topic"),
    "tradition": _("Traditions"),
    "transgender": _("Transgender people"),
    "twelve-and-twelve": _("12 Steps and 12 Traditions"),
    "varies": _("Changes from week to week"),
    "wheelchair": _("Wheelchair access"),
    "wheelchair-bathroom": _("Wheelchair bathroom"),
    "with-al-anon": _("Al-Anon meets at the same time"),
    "with-alateen": _("Alateen meets at the same time"),
    "women": _("Women"),
    "workbook": _("Workbook"),
    "workshop": _("Workshop"),
    "writing": _("Writing"),
    "young-people": _("Young people"),
}

# What people type when they mean a tag, besides its slug.
SEARCH_WORDS: dict[str, str] = {
    "childcare": "babysitting guarderia",
    "closed": "cerrada",
    "language-asl": "american sign",
    "language-de": "german deutsch",
    "language-es": "spanish espanol",
    "language-fr": "french francais",
    "language-pl": "polish polski",
    "language-pt": "portuguese portugues",
    "language-ru": "russian",
    "lgbtq": "lgbt lgbtqia queer",
    "meditation": "meditacion",
    "men": "mens hombres",
    "newcomer": "newcomers beginner beginners principiantes",
    "open": "abierta",
    "people-of-color": "poc bipoc",
    "proof-of-attendance": "court card slip",
    "speaker": "orador",
    "step": "steps pasos",
    "transgender": "trans",
    "wheelchair": "accessible silla ruedas",
    "women": "womens mujeres",
    "young-people": "joven jovenes",
}

# What people ask the finder for, in this order, in the words of somebody who asks.
CHIPS: dict[str, Name] = {
    "newcomer": _("Newcomers"),
    "women": _("Women"),
    "men": _("Men"),
    "lgbtq": _("LGBTQ+"),
    "language-es": _("Spanish"),
    "wheelchair": _("Wheelchair"),
    "childcare": _("Childcare"),
    "proof-of-attendance": _("Proof of attendance"),
    "young-people": _("Young people"),
    "open": _("Open to anyone"),
}


def tag_name(tag: str) -> Name:
    """What a tag is called on a screen."""
    return TAGS.get(tag) or tag.replace("-", " ").capitalize()


def fellowship_of(slug: str) -> Fellowship:
    """The fellowship of that slug; a slug we do not know stands for itself."""
    return FELLOWSHIPS.get(slug) or Fellowship(slug.upper(), slug.upper())


def is_tag(tag: str) -> bool:
    """Whether some code or some screen knows that tag."""
    return tag in TAGS or tag in codes.all_tags()


def city_of_zone(zone_name: str) -> str:
    """The city that stands for a zone: "America/New_York" as "New York"."""
    return zone_name.rpartition("/")[2].replace("_", " ")
