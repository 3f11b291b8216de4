"""A Chromium for browser tests: the one on PATH, else one that is installed, else a stop."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# The browser talks to this machine and to nobody else, not even for its own updates.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    # Containers give little shared memory; a folder serves as well.
    "--disable-dev-shm-usage",
]


class NoChromium(Exception):
    """No Chromium can be had; the message names the remedy."""


def flags() -> list[str]:
    """What the browser is started with; its sandbox does not work for root."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


def starts(program: str) -> bool:
    """Whether this program is a browser and no placeholder that tells to install one."""
    asked = subprocess.run([program, "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def find(playwright: Playwright) -> str | None:
    """The path of a Chromium that is already here."""
    found = [path for name in NAMES if (path := shutil.which(name)) and starts(path)]
    own = playwright.chromium.executable_path
    if Path(own).exists():
        found.append(own)
    return found[0] if found else None


def install() -> None:
    """Ask Debian's packages for one where we may, else Playwright's own download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)
    if not any(map(shutil.which, NAMES)):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def find_or_install(playwright: Playwright) -> str:
    """The path of a Chromium, installed first where there is none; raises NoChromium."""
    if found := find(playwright):
        return found
    install()
    if found := find(playwright):
        return found
    raise NoChromium(
        "Browser tests need Chromium, and it could not be installed. "
        "Install the package `chromium` or Google Chrome so that it is on PATH."
    )


if __name__ == "__main__":
    with sync_playwright() as playwright:
        try:
            print(find_or_install(playwright))
        except NoChromium as reason:
            sys.exit(str(reason))
