"""The page as a person sees it: what can be pressed and read, by role and name. It hides selectors and judges nothing."""

from dataclasses import dataclass, field
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, expect

from local.stack import Stack
from tests.support.api import Api

_MS = 30_000
expect.set_options(timeout=_MS)
_WATCH = """() => {
    window.seenValues = [];
    const note = () => {
        const value = document.querySelector("[role=progressbar]")?.ariaValueNow;
        if (value && value !== seenValues.at(-1)) seenValues.push(value);
    };
    new MutationObserver(note).observe(document.querySelector("#jobs"), {subtree: true, childList: true, attributes: true});
}"""


@dataclass
class Studio:
    """One tab. `complaints`: its console's errors and warnings, and exceptions; a test that breaks the network clears them."""

    stack: Stack
    context: BrowserContext
    page: Page
    user: str = field(default_factory=lambda: f"visitor_{uuid4().hex[:8]}")
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, chromium: Browser, stack: Stack) -> "Studio":
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris")
        context.set_default_timeout(_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        return cls(stack, context, context.new_page())._listening()

    def another_tab(self) -> "Studio":
        """Of the same browser; signed in as nobody yet."""
        other = Studio(self.stack, self.context, self.context.new_page(), complaints=self.complaints)
        return other._listening()

    def _listening(self) -> "Studio":
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    @property
    def api(self) -> Api:
        """The same user, past the page."""
        return Api.of_user(self.stack, self.user)

    # What a person does

    def visit(self) -> None:
        self.page.goto(self.stack.page_url)

    def polls_quickly(self) -> None:
        """A page without live updates asks every three seconds: here ten times as often."""
        self.page.add_init_script(
            "{ const later = setTimeout; window.setTimeout = (act, ms) => later(act, ms === 3000 ? 300 : ms); }"
        )

    def sign_in(self) -> None:
        self.visit()
        self.page.get_by_label("Votre nom").fill(self.user)
        self.button("Se connecter").click()
        expect(self.prompt).to_be_focused()
        expect(self.page.locator("#gallery")).to_have_attribute("aria-busy", "false")

    def generate(self, prompt: str, *, images: int = 1) -> None:
        """Small ones, which the example backend draws quickly."""
        self.prompt.fill(prompt)
        self.choose(str(images))
        self.choose("512 × 512")
        self.choose("WEBP")
        self.submit.click()
        expect(self.jobs.first).to_contain_text(prompt)

    def answers(self, asking: Locator, *, accept: bool) -> None:
        """Presses what asks a question, and answers the browser's own dialogue; Escape is the same as a no."""
        said: list[str] = []

        def answer(dialog: Dialog) -> None:
            said.append(dialog.message)
            dialog.accept() if accept else dialog.dismiss()

        self.page.once("dialog", answer)
        asking.click()
        assert said == ["Supprimer toutes ses images pour de bon ?"]

    def choose(self, option: str) -> None:
        self.page.locator("#choices").get_by_text(option, exact=True).click()

    # What a person sees

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_label("Prompt", exact=True)

    @property
    def submit(self) -> Locator:
        return self.page.locator("#submit")

    @property
    def jobs(self) -> Locator:
        return self.page.locator("#jobs > li")

    @property
    def results(self) -> Locator:
        return self.page.locator("#jobs .images img")

    @property
    def gallery(self) -> Locator:
        return self.page.locator("#gallery > .work")

    @property
    def progress(self) -> Locator:
        return self.page.get_by_role("progressbar")

    @property
    def bell(self) -> Locator:
        return self.page.get_by_role("button", name="Notifications")

    @property
    def badge(self) -> Locator:
        return self.page.locator("#badge")

    @property
    def news(self) -> Locator:
        return self.page.locator("#news > li")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

    def are_painted(self, images: Locator, count: int) -> None:
        """Not only there: they have pixels."""
        expect(images).to_have_count(count)
        for image in images.all():
            image.scroll_into_view_if_needed()
        self.wait_until("images => images.length && images.every(image => image.complete && image.naturalWidth > 0)", images)

    def wait_until(self, condition: str, nodes: Locator) -> None:
        handles = nodes.element_handles()
        self.page.wait_for_function(condition, arg=handles)

    def watch_progress(self) -> None:
        """From now on. The page itself takes the notes: a look at it every now and then would miss some on a slow machine."""
        self.page.evaluate(_WATCH)

    def seen_values(self) -> list[float]:
        """Every different aria-valuenow of the first progress bar, in its order."""
        return [float(value) for value in self.page.evaluate("window.seenValues")]
