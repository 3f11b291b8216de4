import pytest

from aftercare.directory import codes, vocabulary


@pytest.mark.parametrize(
    ("written", "fellowship", "tags"),
    [
        ("POA", "aa", ("proof-of-attendance",)),
        ("POA", "al-anon", ("parents-of-alcoholics",)),
        ("T", "aa", ("transgender", "lgbtq")),
        ("T", "aca", ("literature",)),
        ("S", "aa", ("language-es",)),
        ("S", "aca", ("speaker",)),
        ("x", "aa", ("wheelchair",)),
        ("12X12", "aa", ("twelve-and-twelve",)),
        ("Babysitting Available", "aa", ("childcare",)),
        ("Wheelchair Access", "rd", ("wheelchair",)),
        ("DISC", "na", ("discussion",)),
        ("O", "recovery", ("open",)),
    ],
)
def test_find_reads_a_code_as_its_fellowship_means_it(
    written: str, fellowship: str, tags: tuple[str, ...]
) -> None:
    found = codes.find(written=written, fellowship=fellowship)

    assert found is not None
    assert found.tags == tags


def test_find_knows_nothing_of_a_local_code() -> None:
    assert codes.find(written="ASBI", fellowship="aa") is None


def test_spec_codes_come_back_as_the_same_tags() -> None:
    tags = {"open", "women", "language-es", "gay", "lgbtq", "native-american", "indigenous"}

    written = codes.spec_codes(tags=tags)

    assert written == ["G", "LGBTQ", "N", "NDG", "O", "S", "W"]
    read = {tag for code in written for tag in codes.find(written=code, fellowship="").tags}  # type: ignore[union-attr]
    assert read == tags


def test_spec_codes_leave_out_tags_the_specification_has_no_code_for() -> None:
    assert codes.spec_codes(tags=["basic-text", "open"]) == ["O"]


def test_every_chip_is_a_tag_that_some_code_means() -> None:
    assert set(vocabulary.CHIPS) <= codes.all_tags()


def test_every_fellowship_with_codes_has_a_name() -> None:
    assert set(codes.BY_FELLOWSHIP) <= set(vocabulary.FELLOWSHIPS)


def test_tag_name_of_a_tag_without_one_is_its_slug_in_words() -> None:
    assert vocabulary.tag_name("laundry-lists-workbook") == "Laundry lists workbook"


def test_fellowship_of_an_unknown_slug_stands_for_itself() -> None:
    assert vocabulary.fellowship_of("zz").short == "ZZ"
