import pytest

from aftercare.directory.cleaning import clean_line, clean_text, fold, fold_fields


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("  Quiet Harbor ", "Quiet Harbor"),
        ("Rope &amp; Anchor", "Rope & Anchor"),
        ("Rope &amp;amp; Anchor", "Rope & Anchor"),
        ("<b>Bold</b> Move", "Bold Move"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; Group", "alert(1) Group"),
        ("Love <3 Group", "Love <3 Group"),
        ("Side\xa0Door", "Side Door"),
        ("two\r\nlines", "two lines"),
        ("zero\u200bwidth", "zerowidth"),
        ("right\u202eleft", "rightleft"),
        ("bell\x07\x00", "bell"),
        ("lone \ud800 half", "lone half"),
        ("cafe\u0301", "café"),
        ("ask#@-@#Jo", "ask: Jo"),
    ],
)
def test_clean_line_leaves_plain_text(written: str, plain: str) -> None:
    assert clean_line(written) == plain


def test_clean_text_keeps_line_ends_and_drops_the_rest() -> None:
    written = "Ring <br> twice.\r\n\r\n\r\n\r\nSide&nbsp;door.<p>Stairs</p>"

    assert clean_text(written) == "Ring\ntwice.\n\nSide door. Stairs"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Grupo Café Ñandú", "grupo cafe nandu"),
        ("O'Brien’s Women's", "obriens womens"),
        ("11th-Step: Meditación!", "11th step meditacion"),
        ("STRASSE Straße", "strasse strasse"),
        ("Группа", ""),
    ],
)
def test_fold_leaves_words_without_accents_case_and_apostrophes(written: str, words: str) -> None:
    assert fold(written) == words


def test_fold_fields_puts_a_border_between_fields() -> None:
    assert fold_fields("Quiet Harbor", "", "Alderbrook Hall") == " quiet harbor | alderbrook hall "
