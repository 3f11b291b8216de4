"""What others wrote and we ship is what they published."""

import hashlib

import pytest

from tests.house.places import ROOT, files

VENDOR = ROOT / "portal/static/vendor"
# Leaflet 1.9.4, BSD-2-Clause: the files of the package that its authors published.
PUBLISHED = {
    "leaflet/leaflet.js": "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    "leaflet/leaflet.css": "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    "leaflet/images/layers.png": "1dbbe9d028e292f36fcba8f8b3a28d5e8932754fc2215b9ac69e4cdecf5107c6",
    "leaflet/images/layers-2x.png": "066daca850d8ffbef007af00b06eac0015728dee279c51f3cb6c716df7c42edf",
    "leaflet/images/marker-icon.png": "574c3a5cca85f4114085b6841596d62f00d7c892c7b03f28cbfa301deb1dc437",
}
# Taken off, because `collectstatic` would look for the file that it names.
LEFT_OUT = {"leaflet/leaflet.js": b"//# sourceMappingURL=leaflet.js.map"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_vendored_file_is_what_was_published(name: str) -> None:
    content = (VENDOR / name).read_bytes() + LEFT_OUT.get(name, b"")

    assert hashlib.sha256(content).hexdigest() == PUBLISHED[name]


def test_no_other_file_is_vendored_but_its_license() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in files(VENDOR)}

    assert found == {*PUBLISHED, "leaflet/LICENSE"}
