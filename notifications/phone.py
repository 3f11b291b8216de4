"""Pure: what somebody typed as a phone number, read by the numbering plans of the world."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult, timezone

from notifications.text import plain

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Digits with the signs people put between them; letters would be read as keypad letters.
_WRITTEN = re.compile(r"(tel:)?[\s\d()+./-]+", re.IGNORECASE)
_EXTENSION = re.compile(
    r"\s*(?:,|;?\s*ext(?:ension|n)?\b\.?[:=]?|x|#)\s*\d{1,7}\s*$", re.IGNORECASE
)
# The North American numbers kept for stories and examples.
_FICTITIOUS = re.compile(r"\+1\d{3}55501\d\d")


def gettext_noop(message: str) -> str:
    """Mark a message for translation; whoever shows it translates it."""
    return message


class UnusablePhone(ValueError):
    """A phone number that cannot be used; `message` is untranslated and names the remedy."""

    message = ""

    def __init__(self) -> None:
        super().__init__(self.message)


class NotANumber(UnusablePhone):
    """What was typed is no phone number, or lacks its area code."""

    message = gettext_noop(
        "This does not look like a phone number. Type it with the area code, like (215) 555-0142."
    )


class NumberNotInUse(UnusablePhone):
    """It has the shape of a number, but no phone can have it."""

    message = gettext_noop("No phone has this number. Check the digits and try again.")


class HasExtension(UnusablePhone):
    """A number behind a switchboard, where a text does not arrive."""

    message = gettext_noop("Texts cannot reach an extension. Give a mobile number without one.")


class NotMobile(UnusablePhone):
    """A landline, toll-free or premium number, where a text does not arrive."""

    message = gettext_noop("This number cannot get texts. Give a mobile number.")


class Fictitious(UnusablePhone):
    """One of the numbers 555-0100 to 555-0199, which nobody owns."""

    message = gettext_noop("This is a made-up example number. Give a real mobile number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A valid number; `region` is its country ("US"), `time_zones` all that its area may have."""

    e164: str
    region: str
    is_mobile_possible: bool
    time_zones: tuple[str, ...]


def parse(
    *, raw: str, region: str = "US", for_texts: bool = True, allow_fictitious: bool = False
) -> PhoneNumber:
    """Read a number as typed in `region`, or with a plus and its country code from anywhere.

    With `for_texts`, only a number that may be a mobile is good; in North America no list tells a
    mobile from a landline, so both pass. Raises a kind of UnusablePhone.
    """
    text = plain(raw).strip()
    bare = _EXTENSION.sub("", text)
    if not _WRITTEN.fullmatch(bare):
        raise NotANumber
    if bare != text and for_texts:
        raise HasExtension
    number = _read(text=bare, region=region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _FICTITIOUS.fullmatch(e164) and not allow_fictitious:
        raise Fictitious
    is_mobile_possible = phonenumbers.number_type(number) in _MOBILE
    if for_texts and not is_mobile_possible:
        raise NotMobile
    return PhoneNumber(
        e164=e164,
        region=phonenumbers.region_code_for_number(number) or "",
        is_mobile_possible=is_mobile_possible,
        time_zones=_zones(number),
    )


def written(e164: str) -> str:
    """The number as people write it: "(215) 555-0142" for +1 numbers, else with its country code."""
    number = phonenumbers.parse(e164)
    is_home = number.country_code == 1
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if is_home else form.INTERNATIONAL)


def mask(e164: str) -> str:
    """The number with all but its last four digits hidden, as "(•••) •••-0142" for +1 numbers."""
    if e164.startswith("+1"):
        return f"(•••) •••-{e164[-4:]}"
    return f"•••• {e164[-4:]}"


def _zones(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    if number.country_code == 1 and phonenumbers.is_number_geographical(number):
        return _zones_of_area(str(number.national_number)[:3])
    zones = timezone.time_zones_for_number(number)
    return tuple(name for name in zones if name != "Etc/Unknown")


@lru_cache(maxsize=800)
def _zones_of_area(code: str) -> tuple[str, ...]:
    """Every zone of a North American area code: its people move within it and keep their number."""
    exchanges = (phonenumbers.PhoneNumber(1, int(f"{code}{n}0100")) for n in range(200, 1000))
    zones = map(timezone.time_zones_for_geographical_number, exchanges)
    return tuple(sorted({name for names in zones for name in names} - {"Etc/Unknown"}))


def _read(*, text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise NotANumber from error
    # A local number without its area code is possible, too, but for nobody elsewhere.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise NotANumber
    if not phonenumbers.is_valid_number(number):
        raise NumberNotInUse
    return number
