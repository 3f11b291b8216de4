"""Data: what each type code means, shared and by fellowship, in our canonical tags.

Facts restated from the Meeting Guide specification (code4recovery/spec) and from the program
tables of the 12 Step Meeting List plugin (code4recovery/12-step-meeting-list). `X=gay+lgbtq`
reads: code X means both tags. A fellowship's own meaning goes before the shared one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

SHARED = """
11=eleventh-step+meditation 12x12=twelve-and-twelve A=secular ABSI=as-bill-sees-it
AL=with-alateen AL-AN=with-al-anon ASL=language-asl B=big-book BA=childcare BE=newcomer
BI=bisexual+lgbtq BRK=breakfast C=closed CAN=candlelight CF=child-friendly D=discussion
DB=digital-basket DD=dual-diagnosis DR=daily-reflections FF=fragrance-free G=gay+lgbtq
GR=grapevine H=birthday L=lesbian+lgbtq LGBTQ=lgbtq LIT=literature LS=living-sober M=men
MED=meditation N=native-american+indigenous NB=non-binary+lgbtq NDG=indigenous O=open
OUT=outdoor P=professionals POA=proof-of-attendance POC=people-of-color SEN=seniors SM=smoking
SP=speaker ST=step T=transgender+lgbtq TR=tradition W=women X=wheelchair XB=wheelchair-bathroom
XT=cross-talk Y=young-people
"""

LANGUAGES = """
AF=language-af AM=language-am AR=language-ar BG=language-bg DA=language-da DE=language-de
EL=language-el EN=language-en FA=language-fa FI=language-fi FR=language-fr HE=language-he
HI=language-hi HR=language-hr HU=language-hu IS=language-is ITA=language-it JA=language-ja
KA=language-ka KOR=language-ko LT=language-lt ML=language-ml MT=language-mt NE=language-ne
NL=language-nl NO=language-no POL=language-pl POR=language-pt PUN=language-pa RUS=language-ru
S=language-es SK=language-sk SL=language-sl SV=language-sv TH=language-th TL=language-tl
TUR=language-tr UK=language-uk
"""

BY_FELLOWSHIP = {
    "aca": """
ANH=a-new-hope A=adults-only AV=audio-visual B=literature BEG=newcomer CAP=captions CC=childcare
COS=concepts-of-service T=literature G=gay+lesbian+lgbtq LLW=laundry-lists-workbook
LPG=loving-parent-guidebook NS=needs-support S=speaker SMR=strengthening-my-recovery TEEN=teens
WOR=workshop Y=workbook+literature YA=young-people
""",
    "al-anon": """
AC=adult-child-focus Y=alateen+teens AA=with-aa LGBTQIA=lgbtq POA=parents-of-alcoholics
YA=young-people
""",
    "coda": """
B=literature DLY=daily QA=questions READ=literature SHARE=sharing TEEN=teens D=topic+discussion
WRITE=writing
""",
    "ca": """
BUS=business-meeting
""",
    "cea-how": """
AACOA=aa-comes-of-age BOOK=literature CTB=came-to-believe CEA-HOW=cea-how-concept-tools
HJF=happy-joyous-and-free MAINT=maintenance PROM=promises RANDR=relapse-and-recovery
ST=step+tradition D=topic+discussion
""",
    "da": """
AB=abundance AR=artist B=business-owner CL=clutter N=numbers P=prosperity TI=time TO=tools
V=vision
""",
    "daa": """
SS=step+speaker YP=young-people
""",
    "eda": """
BEG=newcomer CC=topic RF=varies TO=topic+discussion WR=writing
""",
    "ga": """
20=newcomer GAA=gam-anon COM=discussion CRC=cross-talk GAM=gam-anon PAR=parking-meters-available
TOP=topic
""",
    "ha": """
CPT=concepts BT=basic-text BEG=newcomer CW=child-friendly DISC=discussion GL=gay+lesbian+lgbtq
IP=pamphlets+literature IW=it-works+literature JFT=just-for-today LC=living-clean NS=no-smoking
QA=questions RA=restricted-access SMOK=smoking SPK=speaker STEP=step SWG=step+workbook TOP=topic
TRAD=tradition VAR=varies
""",
    "ma": """
BB=literature CCAP=captions LGBTQI+=lgbtq
""",
    "na": """
CPT=concepts BT=basic-text BEG=newcomer CW=child-friendly DISC=discussion GL=gay+lesbian+lgbtq
IP=pamphlets+literature IW=it-works+literature JFT=just-for-today LC=living-clean NS=no-smoking
QA=questions RA=restricted-access SMOK=smoking SPAD=spiritual-principle-a-day SPK=speaker
STEP=step SWG=step+workbook TOP=topic TRAD=tradition VAR=varies
""",
    "oa": """
11TH=eleventh-step 90D=90-day AA12=twelve-and-twelve AIB=questions DOC=dignity-of-choice
FT=for-today LI=lifeline LIS=lifeline-sampler MAIN=maintenance NEWB=new-beginnings HOW=how
OA23=literature ST=step+tradition RELA=relapse-12th-step-within SSP=seeking-the-spiritual-path
SD=speaker+discussion SPIR=spirituality TEEN=teens PROM=promises TOOL=tools D=topic MISC=varies
VOR=voices-of-recovery WORK=workbook WRIT=writing
""",
    "rd": """
BB=literature CC=childcare DF=dog-friendly 8F=eightfold-path-study IS=inquiry IW=writing
MI=meditation PR=process-addictions WA=wheelchair
""",
    "rr": """
BB=literature CC=childcare DF=dog-friendly 8F=eightfold-path-study IS=inventory IW=writing
MI=meditation PR=process-addictions WA=wheelchair
""",
    "sa": """
B=literature MI=mixed PP=primary-purpose
""",
    "sca": """
COURT=proof-of-attendance GL=graphic-language
""",
    "slaa": """
12x12=framework-for-living ALLG=all-genders-welcome AN=anorexia-focus ASOG=state-of-grace
BDSM=bdsm-focus B=literature CAM=camera-on FTSY=fantasy GC=getting-current HOW=how
HR=healthy-relationships LEG=legal-consequences MULT=multiple-addictions NEUR=neurodivergent
NC=newcomer PRI=prison SCRE=restricted-access SWKR=sex-workers SPEC=special-interest
SPON=sponsorship-focus S123=step D=topic+discussion TOPL=top-lines TRMA=trauma-focus VFOR=varies
WDRL=withdrawal
""",
    "sia": """
GQ=non-binary+lgbtq OSH=sharing RIT=ritual-abuse STW=step+workshop
""",
    "ua": """
BIPOC=people-of-color T=tools
""",
}

# Meanings in words, as sheets write them, where they differ from the tag's own name.
_SPOKEN = {
    "11th-step-meditation": "eleventh-step+meditation",
    "12-steps-12-traditions": "twelve-and-twelve",
    "american-sign-language": "language-asl",
    "attendance-voucher": "proof-of-attendance",
    "babysitting-available": "childcare",
    "basic-text-study": "basic-text",
    "beginner": "newcomer",
    "beginner-newcomer": "newcomer",
    "beginners": "newcomer",
    "big-book-study": "big-book",
    "bisexual": "bisexual+lgbtq",
    "book-study": "literature",
    "child-care-available": "childcare",
    "concurrent-with-al-anon": "with-al-anon",
    "concurrent-with-alateen": "with-alateen",
    "cross-talk-permitted": "cross-talk",
    "gay": "gay+lgbtq",
    "handicapped-accessible": "wheelchair",
    "lesbian": "lesbian+lgbtq",
    "literature-study": "literature",
    "native-american": "native-american+indigenous",
    "newcomers": "newcomer",
    "non-binary": "non-binary+lgbtq",
    "sign-language": "language-asl",
    "smoking-permitted": "smoking",
    "spanish": "language-es",
    "espanol": "language-es",
    "french": "language-fr",
    "german": "language-de",
    "italian": "language-it",
    "polish": "language-pl",
    "portuguese": "language-pt",
    "russian": "language-ru",
    "speaker-discussion": "speaker+discussion",
    "step-meeting": "step",
    "step-study": "step",
    "steps": "step",
    "tradition-study": "tradition",
    "traditions": "tradition",
    "transgender": "transgender+lgbtq",
    "wheelchair-access": "wheelchair",
    "wheelchair-accessible": "wheelchair",
    "wheelchair-accessible-bathroom": "wheelchair-bathroom",
}

# Traits of a room: they say nothing while a meeting is online only.
IN_PERSON_ONLY = frozenset(
    {
        "breakfast",
        "candlelight",
        "child-friendly",
        "childcare",
        "dog-friendly",
        "fragrance-free",
        "no-smoking",
        "outdoor",
        "parking-meters-available",
        "smoking",
        "wheelchair",
        "wheelchair-bathroom",
    }
)

Tags = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Type:
    """A code as the source's fellowship writes it, with the canonical tags it means."""

    code: str
    tags: Tags


def find(*, written: str, fellowship: str) -> Type | None:
    """The type that a code, or its meaning in words, stands for in that fellowship."""
    table = _table(fellowship)
    by_code = table.get(written.upper())
    if by_code:
        return by_code
    name = re.sub(r"[^a-z0-9]+", "-", written.lower().replace("'", "")).strip("-")
    tags = (_SPOKEN.get(name) or name).split("+")
    for known in table.values():
        if list(known.tags) == tags:
            return known
    return None


def spec_codes(*, tags: Iterable[str]) -> list[str]:
    """The codes of the Meeting Guide specification for canonical tags, the widest one for each."""
    return sorted({_SPEC_CODE[tag] for tag in tags if tag in _SPEC_CODE})


@cache
def all_tags() -> frozenset[str]:
    """Every canonical tag that some code means."""
    tables = [SHARED, LANGUAGES, *BY_FELLOWSHIP.values()]
    return frozenset(tag for table in tables for known in _read(table) for tag in known.tags)


def _read(table: str) -> Iterator[Type]:
    for item in table.split():
        code, _, tags = item.partition("=")
        yield Type(code=code, tags=tuple(tags.split("+")))


@cache
def _table(fellowship: str) -> dict[str, Type]:
    known = chain(_read(LANGUAGES), _read(SHARED), _read(BY_FELLOWSHIP.get(fellowship, "")))
    return {one.code.upper(): one for one in known}


_SPEC_CODE = {
    one.tags[0]: one.code for one in chain(_read(LANGUAGES), _read(SHARED)) if one.code != "N"
} | {"native-american": "N"}
