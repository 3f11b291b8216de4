"""Pure: the words by which anybody turns texts off and on or asks who we are, in English and Spanish.

Carriers obey a handful of single words and answer those themselves. Whoever says the same in their
own words must be heard as well (47 CFR 64.1200(a)(10): any reasonable means). A wish about other
things ("I can't stop drinking"), about hours ("don't text me at night") or told of somebody else
("he won't stop texting me") is not an opt-out, and is left to a person to read.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from notifications.text import fold


class Keyword(StrEnum):
    """What a text asks of the engine itself."""

    STOP = "stop"  # exactly a carrier's word: the carrier blocks us and says goodbye
    OPT_OUT = "opt_out"  # the same wish in other words: the goodbye is ours to say
    START = "start"
    HELP = "help"


CARRIER_STOP = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
)
_START = frozenset(("start", "unstop", "yes"))
_HELP = frozenset(("help", "info", "ayuda"))
_STOP_MISSPELT = frozenset(("stopp", "stpo", "sotp", "stp", "unsuscribe", "unsubcribe"))

_MESSAGES = (
    "(?:txts?|texts?|messages?|msgs?|sms|spam|notifications?|alerts|reminders|check ?ins"
    "|text messages?|mensajes?|textos?|mensajitos?|recordatorios|notificaciones)"
)
# Words that may stand before an order without changing it.
_POLITE = r"""
    \d{1,2}|please|pls|plz|kindly|hi|hello|hey|ok|okay|so|and|but|then|now|just|sorry|thanks|thank you|no|yes
    |can you|could you|would you|will you|can u|can yall|you all|yall|you guys|guys|all|again|seriously
    |listen|look|i said|i told you to|i already told you to|i want you to|i need you to|i would like you to
    |id like you to|im asking you to|i asked you to|i already asked you to|you can|u can|you may
    |you need to|you have to|for the last time|sir|maam|dude|bro|also
    |por favor|porfavor|porfa|favor de|oigan|oiga|oye|hola|ya|gracias|podrian|podria|pueden|puede|puedes
    |quiero que|les pido que|te pido que|necesito que|disculpe|perdon|perdonen|pero|y|mejor|entonces
    |que|solo
"""
# Words by which somebody says what they wish for themselves.
_OWN = """
    i|im|id|we|want to|wanna|need to|would like to|like to|wish to|trying to|have to|how do|how can|can|to|let
    |me|must|really|want|like|quiero|quisiera|deseo|necesito|como|puedo|me|would|mejor|le|hago|hacer|les|se
"""
# After the wish, these make it a wish about hours, topics or amount.
_LIMITED = """
    at|before|after|during|while|when|whenever|until|til|till|in|between|by|so|every|daily|as|today
    |tonight|tomorrow|right now|on (?!this|my)|about (?!this|it|that|my)|for (?!good|ever)|if|and driving
    |antes|despues|cuando|mientras|hasta|en|por la|por las|de noche|de dia|a las|tan|tanto|hoy|durante
    |los|si|manana
"""
# All that may follow where the wish must be the last thing said.
_CLOSING = """
    please|pls|plz|thanks|thank you|ty|anymore|any more|again|ever|ever again|no more|at all|now|already
    |asap|immediately|ok|okay|guys|man|dude|bro|sir|sorry|all|everything|for good|stop|this|messages?
    |por favor|porfavor|porfa|gracias|mas|ya|nunca|jamas|nada|nunca mas|de una vez|estos|esos|estas|de
    |otra vez|lo siento|perdon|inmediatamente|ahora
"""
_WHOM = "(?:me|us|here|this number|this phone|my phone|my number|my cell)"
_THESE = "(?:all|any|more|of|these|those|this|the|your|ur|my|such|getting|receiving|so many|damn)"
_ESTOS = "(?:mas|de|estos|esos|estas|los|las|sus|tus|mis|todos|todas|ningun|tipo)"
_VERB = "(?:text|txt|message|msg|sms|contact|write|write to|bother|spam|email|call or text|text or call)"
_VERBING = "(?:text|txt|tex|messag|msg|contact|writ|bother|spamm?|harass|bugg?|blow up|call and text)(?:ing|in)?"
_MANDEN = (
    "(?:mand[ea][ns]?|envi[ea][ns]?|escrib[ae][ns]?|textee[ns]?|contacte[ns]?|moleste[ns]?"
    "|mensajee[ns]?)"
)
_MANDAR = (
    "(?:mandar|enviar|escribir|textear|contactar|molestar|mensajear|estar mandando)(?:me|nos)?"
)

# An order to us, clear even where more follows, unless what follows limits it.
_ORDERS = (
    rf"(?:stop|quit|cease|cease and desist|no more) {_VERBING} {_WHOM}",
    rf"(?:stop|quit) sending (?:{_WHOM} )?(?:{_THESE} )*{_MESSAGES}",
    rf"(?:stop|end|cancel|quit|discontinue|halt|turn off|shut off|no more) (?:{_THESE} )*{_MESSAGES}",
    rf"(?:do not|dont|never) send (?:{_WHOM} )?(?:{_THESE} )*{_MESSAGES}",
    rf"(?:stop|enough|done) with (?:{_THESE} )*{_MESSAGES}|enough (?:{_THESE} )*{_MESSAGES}",
    rf"(?:ya )?no {_MANDEN} (?:{_ESTOS} )*{_MESSAGES}",
    rf"no (?:me|nos) {_MANDEN} (?:{_ESTOS} )*(?:{_MESSAGES}|mas|nada)",
    rf"(?<!no )(?:dejen|deje|deja|dejar|paren|pare|para|parale|basta)(?: ya)? de {_MANDAR}",
    rf"(?:parar|paren|pare|para|detengan|detener|alto a|cancelen|cancela|terminen|quiten|basta|no mas|alto)"
    rf" (?:{_ESTOS} )*{_MESSAGES}",
    r"(?:quit[ea]n?|saque?n?|saca|borr[ea]n?|elimin[ea]n?)me (?:de|del) (?:la |su |esta |tu )?(?:lista|sistema)",
    r"(?:borr[ea]n?|elimin[ea]n?|quit[ea]n?) (?:mi|este) (?:numero|telefono|contacto|celular)",
)
# The same, where nothing but courtesy may follow.
_LAST_ORDERS = (
    r"(?:please|pls|plz|por favor) (?:stop|alto|para|paren)|(?:stop|alto|para|paren) (?:please|pls|plz|por favor)",
    rf"(?:stop|quit) {_VERBING}",
    rf"(?:stop|quit) sending (?:{_WHOM} )?(?:these|this|those|stuff|things|anything)",
    rf"(?:do not|dont|never) {_VERB}(?: {_WHOM})?",
    rf"(?:do not|dont|never) send (?:{_WHOM} )?(?:anything|any|more|any more|anything else)"
    r"(?: of (?:these|this|them|those))?",
    rf"no {_MESSAGES} please",
    r"leave (?:me|us) alone",
    rf"no (?:me|nos) {_MANDEN}",
    r"(?:borr|elimin)[ea]n?me",
    r"please no more|no more please",
    r"dej[ea]n?(?:me|nos) en paz",
)
# Clear only as the whole message; inside a longer one they are about something else.
_WHOLE = (
    r"stop",
    r"alto|parar?(?! nada)|paren?|detener|cancelar|baja",
    r"(?:(?:i|think|this is|its|it is|you|u|youve|have|got|must be|must have|the|a|texting|reached|youre) )*"
    r"wrong (?:number|person)",
    r"(?:numero|persona) equivocad[oa]|(?:se|te) equivoc\w+ de (?:numero|persona)",
)
# What somebody wants for themselves.
_WISHES = (
    rf"stop (?:getting|receiving) (?:{_THESE} )*{_MESSAGES}",
    rf"(?:stop|cancel|end|turn off) (?:these|your|my|the) (?:{_THESE} )*{_MESSAGES}",
    rf"(?:do not|dont|no longer|never) (?:want|wanna|wish|need)(?: to)?"
    rf"(?: get| receive| have| keep getting| be getting| see)? (?:{_THESE} )*{_MESSAGES}",
    r"(?:do not|dont|no longer) (?:want|wish) to be (?:texted|contacted|messaged)",
    rf"(?:do not|dont) want you (?:to )?{_VERBING} {_WHOM}",
    rf"(?:do not|dont) want you to {_VERB} {_WHOM}",
    r"(?:be )?(?:taken?|get|removed?) (?:me )?(?:off|from|off of|out of) (?:of )?"
    r"(?:this|your|the|ur|all)(?: \w+)? lists?",
    r"(?:remove|delete|erase|lose|forget) (?:my|this) (?:phone )?(?:number|phone|cell|info|contact)",
    r"(?:be )?(?:deleted?|removed?|erased?)(?: me)? from (?:your|the|this) (?:system|database|contacts|texts?)",
    rf"(?:want|get me) out of (?:{_THESE} )*{_MESSAGES}",
    rf"rather not (?:get|receive) (?:{_THESE} )*{_MESSAGES}",
    r"unsubscribe(?: me| us)?",
    rf"opt (?:me |us )?out of (?:all |these |this |your |the )*(?:\w+ )?{_MESSAGES}",
    r"(?:revoke|withdraw) (?:my )?consent",
    rf"no (?:quiero|deseo|necesito) (?:recibir |que me {_MANDEN} |tener )?(?:{_ESTOS} )*{_MESSAGES}",
    rf"(?:dejar de recibir|no recibir) (?:{_ESTOS} )*{_MESSAGES}",
    rf"(?:cancelar|parar|detener) (?:{_ESTOS} )*{_MESSAGES}",
    r"(?:darme|denme|deme|dame|dar|darnos|doy) de baja",
    r"cancel\w+ (?:mi |la |esta )?su[bs]+cripcion",
)
_LAST_WISHES = (
    r"(?:remove|delete|take|get) me(?: off| out| off this| off of this)?",
    r"opt(?: me| us)? ?out",
    r"(?:do not|dont) consent(?: to this| to these)?",
    rf"(?:no quiero |para )?que (?:ya )?no me {_MANDEN}(?: {_MESSAGES})?|no quiero que me {_MANDEN}",
    r"desuscribir(?:me)?",
)


def _listed(words: str) -> str:
    return "(?:" + re.sub(r"\s*\n\s*", "", words) + ")"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One pattern for a clause of a message, and one for a message as a whole."""
    polite, own = _listed(_POLITE), _listed(_POLITE.rstrip() + "|" + _OWN.lstrip())
    more = rf"(?! {_listed(_LIMITED)}\b)(?: .*)?"
    closing = rf"(?: {_listed(_CLOSING)}){{0,5}}"
    last = f"(?:{'|'.join(_LAST_ORDERS)})"
    clause = (
        rf"(?:{polite} ){{0,8}}(?:{last} (?:and|y) )?(?:(?:{'|'.join(_ORDERS)}){more}|{last}{closing})"
        rf"|(?:{own} ){{0,8}}(?:(?:{'|'.join(_WISHES)}){more}|(?:{'|'.join(_LAST_WISHES)}){closing})"
    )
    whole = rf"(?:{polite} ){{0,8}}(?:{'|'.join(_WHOLE)}){closing}"
    return re.compile(clause), re.compile(whole)


_PIECES = re.compile(r"[.!?,;:\n()]+|\s[-–—]+\s")
_SENTENCES = re.compile(r"[.!?\n]+")
# In a message of fewer words than this, one sentence of it may be the whole wish.
_SHORT = 10
# What follows such a clause is told of somebody else.
_REPORTED = re.compile(
    r"\b(?:told|tell|telling|said|says|saying|asked)\b|\b(?:he|she|they|him|her|like|ex)$"
)
_OWN_LINE = re.compile(r"(?:^|[.!?,;\n]\s*|\s-\s*)(?:STOP|UNSUBSCRIBE|STOPALL)\s*[.!]*\s*$")


def keyword(body: str) -> Keyword | None:
    """What `body` asks of the engine, or None where it is for somebody to read."""
    if body.strip().upper() in CARRIER_STOP:
        return Keyword.STOP
    words = fold(body)
    if words.upper().replace(" ", "") in CARRIER_STOP or words in _STOP_MISSPELT:
        return Keyword.OPT_OUT
    if words in _START:
        return Keyword.START
    if words in _HELP:
        return Keyword.HELP
    return Keyword.OPT_OUT if _is_opt_out(body=body, words=words) else None


def _is_opt_out(*, body: str, words: str) -> bool:
    if _OWN_LINE.search(body) and body != body.upper():
        return True
    clause, whole = _patterns()
    sentences = map(fold, _SENTENCES.split(body)) if words.count(" ") < _SHORT else ()
    return any(map(whole.fullmatch, (words, *sentences))) or any(
        map(clause.fullmatch, _clauses(body))
    )


def _clauses(body: str) -> Iterator[str]:
    """The folded clauses of a text, without those that report somebody else's words."""
    before = ""
    for piece in _PIECES.split(body):
        clause = fold(piece)
        if clause and not _REPORTED.search(before):
            yield clause
        before = clause or before
