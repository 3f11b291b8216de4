import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def run(content: str | bytes, folder: Path, *options: str) -> str:
    file = folder / "replies.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = StringIO()
    call_command("read_replies", str(file), *options, stdout=out)
    return out.getvalue()


def test_json_has_one_object_a_row_with_every_key(tmp_path: Path) -> None:
    content = (
        "question,text\r\n"
        "scale,8 but hanging in\r\n"
        "yes_no,3\r\n"
        'open,"Sí, ya no quiero vivir"\r\n'
        "scale,not 8\r\n"
        "scale,STOP\r\n"
        "sleep,7.5\r\n"
        "open,\r\n"
    )

    printed = json.loads(run(content, tmp_path, "--json"))

    def row(
        question: str, text: str, kind: str, value: object = None, tier: str | None = None
    ) -> dict[str, object]:
        return {
            "text": text,
            "question": question,
            "kind": kind,
            "value": value,
            "crisis": tier is not None,
            "tier": tier,
        }

    assert printed == [
        row("scale", "8 but hanging in", "number", 8),
        row("yes_no", "3", "need_support"),
        row("open", "Sí, ya no quiero vivir", "note", "Sí, ya no quiero vivir", "A"),
        row("scale", "not 8", "not_understood"),
        row("scale", "STOP", "opt_out"),
        row("sleep", "7.5", "number", 7.5),
        row("open", "", "not_understood"),
    ]


def test_lines_are_for_people(tmp_path: Path) -> None:
    printed = run("question,text\nscale,8\nopen,I can't go on\n", tmp_path)

    assert printed == (
        "scale: 8 -> number 8\nopen: I can't go on -> note I can't go on [crisis, tier B]\n"
    )


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    content = "\ufeffid,text,question\n7,eight,scale\n"

    assert run(content, tmp_path) == "scale: eight -> number 8\n"


def test_an_empty_table_reads_as_nothing(tmp_path: Path) -> None:
    assert json.loads(run("question,text\n", tmp_path, "--json")) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no column question and no column text"),
        ("question;text\nscale;8\n", "Its first line must name the columns question and text."),
        (
            "question,text\nscale,8\nrough,8\n",
            'Row 2: there is no question "rough". Use one of: scale,',
        ),
        ("question,text\nscale\n", "Row 1: as many fields as the first line has are needed."),
        ("question,text\nscale,8, but ok\n", "Put a text with commas in double quotes."),
        (b"question,text\nscale,8\nopen,S\xed\n", "line 3: not UTF-8. Save the file as CSV UTF-8"),
        ('question,text\nopen,"never closed\n', "not a CSV file"),
        ('question,text\nopen,"a"b\n', "after line 1: not a CSV file"),
    ],
)
def test_a_malformed_file_names_the_row_and_the_remedy(
    content: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as raised:
        run(content, tmp_path, "--json")

    assert message in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("read_replies", str(tmp_path / "none.csv"))

    assert str(raised.value) == (
        f"Cannot open {tmp_path / 'none.csv'}: No such file or directory. Check the name."
    )
