from babel.messages.catalog import Catalog, Message

from tests import messages


def test_every_sentence_is_translated() -> None:
    assert messages.problems() == []


def test_sentences_of_code_and_templates_are_found() -> None:
    found = {path for message in messages.collect() for path, _ in message.locations}
    assert {path.split("/")[0] for path in found} >= {"portal", "aftercare", "templates"}


def test_faults_of_a_translation_are_named() -> None:
    assert list(messages.faults(Message("Hello %(name)s", "Hola %(name)s"))) == []
    assert list(messages.faults(Message("Hello %(name)s", ""))) == ["not translated"]
    assert list(messages.faults(Message("Hello %(name)s", "Hola"))) == [
        "placeholders [] instead of ['name']"
    ]
    assert list(messages.faults(Message("Hello", "Hola", flags=["fuzzy"]))) == ["fuzzy"]
    assert list(messages.faults(Message("Hello", "Hola. Hola. Hola. "))) == [
        "says the same more than once"
    ]


def test_plural_may_leave_its_number_out() -> None:
    days = ("%(n)s day", "%(n)s days")
    assert list(messages.faults(Message(days, ("un día", "%(n)s días")))) == []
    assert list(messages.faults(Message(days, ("un día", "%(m)s días")))) == [
        "placeholders ['m'] instead of ['n']"
    ]


def test_same_words_in_two_contexts_are_two_sentences() -> None:
    catalog = Catalog()
    catalog.add("Morning", context="tab")
    catalog.add("Morning")
    assert {messages.key(each) for each in messages.sentences(catalog)} == {
        "Morning",
        "tab: Morning",
    }
