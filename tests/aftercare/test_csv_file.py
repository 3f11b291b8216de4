"""CSV that spreadsheets open as it is meant."""

import csv
import io

from aftercare import csv_file


def test_lines_are_read_back_as_they_were_and_numbers_stay_numbers() -> None:
    rows: list[list[csv_file.Value]] = [['Señal, "uno"\nmás', -3, 2.5, None], ["plain", 0, 0.0, ""]]

    text = "".join(csv_file.lines(header=["Words", "n", "x", "y"], rows=rows))

    assert text.startswith('\ufeff"Words","n","x","y"\r\n')
    found = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert found[1:] == [['Señal, "uno"\nmás', "-3", "2.5", ""], ["plain", "0", "0.0", ""]]


def test_harmless_leaves_plain_words_alone() -> None:
    same = ["a=b", "3 - 4", "mail@example.org", "", " a", "'quoted'"]

    assert [csv_file.harmless(text) for text in same] == same
    assert csv_file.harmless(" =1+1") == "' =1+1"


def test_lines_come_in_pieces() -> None:
    pieces = list(csv_file.lines(header=["n"], rows=([n] for n in range(1201))))

    assert [piece.count("\r\n") for piece in pieces] == [501, 500, 201]
