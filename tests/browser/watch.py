"""What a page must never do, noted while a test drives it."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

# A request of the browser itself for its own chrome; nothing leaves the machine for it.
OWN_SCHEMES = ("data:", "blob:", "about:", "chrome:")


@dataclass
class Watch:
    """The complaints about one visitor's pages; empty when all is well."""

    origin: str
    complaints: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listen to everything the pages of this visitor do."""
        context.on("request", self.request)
        context.on("console", self.console)
        context.on("weberror", self.error)

    def request(self, request: Request) -> None:
        """A page asks its own origin for everything."""
        if not request.url.startswith((f"{self.origin}/", *OWN_SCHEMES)):
            self.complaints.append(f"asked another origin: {request.url}")

    def console(self, message: ConsoleMessage) -> None:
        """Errors of scripts, missing files and refusals by the policy all end on the console."""
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def error(self, error: WebError) -> None:
        """An exception nobody caught."""
        self.complaints.append(f"uncaught: {error.error.message}")


def assert_accessible(page: Page) -> None:
    """No rule of axe-core is broken on the page as it stands."""
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    width, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= shown, f"the page is {width} px wide on a screen of {shown} px"
