"""What somebody may do to the page or to its visitors, and what a browser may deny it."""

from playwright.sync_api import Route, expect

from tests.e2e.browser.conftest import OpenStudio
from tests.support.api import completed
from tests.support.studio import Studio

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
FOXES = "x" + "🦊" * 3900
PROMPTS = [MARKUP, "\u202egnirts\u202c {n} {prompt}", FOXES, "\u200b"]
DENY = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {get() { throw new DOMException("Access is denied", "SecurityError"); }});"""


def test_whatever_a_prompt_or_a_backend_says_is_shown_as_text(studio: Studio) -> None:
    """The Content-Security-Policy would report a script or a style that came through: the console stays empty."""
    jobs = {prompt: studio.api.new_job(f"!silent {prompt}") for prompt in PROMPTS}
    report = completed(studio.api.new_job(f"!silent {MARKUP}"))
    expect(studio.jobs).to_have_count(5)  # a job that ended before the page heard of it would stand nowhere
    for failing in (jobs[prompt] for prompt in PROMPTS if prompt not in {MARKUP, FOXES}):
        studio.api.webhook({"job_id": failing, "status": "failed", "error_message": MARKUP, "timestamp": "2026-01-02T03:04:05Z"})
    report["data"]["images"][0]["description"] = MARKUP
    assert studio.api.webhook(report).status_code == 200
    studio.page.route("**/image_1.png*", lambda route: route.fulfill(content_type="image/svg+xml", body=EMPTY))
    expect(studio.jobs).to_have_count(5)
    expect(studio.jobs.get_by_text(MARKUP).first).to_be_visible()
    assert studio.page.locator("#studio script, #studio [onerror], #feed script").count() == 0
    labels = "[...document.querySelectorAll('[aria-label]')].map(node => node.ariaLabel)"
    assert studio.page.evaluate(f"{labels}.some(label => label.includes('🦊')) && {labels}.every(label => label.isWellFormed())")


def test_signing_in_twice_at_once_enters_once(open_studio: OpenStudio) -> None:
    studio = open_studio()
    held: list[Route] = []
    studio.page.route("**/token", lambda route: held.append(route))  # noqa: PLW0108 (a built-in method takes no attributes, and Playwright gives it one)
    studio.visit()
    studio.page.get_by_label("Votre nom").fill(studio.user)
    for _ in range(2):
        studio.page.keyboard.press("Enter")
    studio.page.wait_for_function("document.querySelector('#sign-in button').disabled")
    for route in held:
        route.continue_()
    expect(studio.prompt).to_be_focused()
    expect(studio.page.locator("#choices > fieldset")).to_have_count(5)
    assert len([route for route in held if route.request.method == "POST"]) == 1


def test_a_token_that_comes_after_signing_out_signs_nobody_in(studio: Studio) -> None:
    """The page reloads as it signs out; what is under way meanwhile must leave nothing behind for the page that comes."""
    kept = studio.page.evaluate(
        """async () => {
            const session = await import("/js/session.js");
            session.signOut();
            stop(); // the reload, as if its answer were slow
            await session.token(true);
            return sessionStorage.length;
        }"""
    )
    assert kept == 0
    studio.complaints.clear()


def test_without_storage_one_works_until_the_page_is_left(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.add_init_script(DENY)
    studio.sign_in()
    studio.prompt.fill("un banc")
    expect(studio.submit).to_be_enabled()
    studio.button("Se déconnecter").click()
    expect(studio.button("Se connecter")).to_be_visible()


def test_what_was_kept_for_another_page_does_no_harm(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.add_init_script("localStorage.setItem('sorami:lang', '\"../x\"'); localStorage.setItem('sorami:theme', '{')")
    studio.page.add_init_script("sessionStorage.setItem('sorami:session', '{')")
    studio.visit()
    expect(studio.button("Se connecter")).to_be_visible()


def test_without_a_clipboard_copying_says_so(studio: Studio) -> None:
    job_id = studio.api.new_job("!silent un lapin")
    studio.api.webhook(completed(job_id))
    expect(studio.results).to_have_count(1)
    studio.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    studio.button("Copier le prompt").click()
    expect(studio.page.locator(".toast")).to_contain_text("Copie impossible")
    expect(studio.button("Copier le prompt")).to_be_enabled()


def test_a_page_of_which_a_file_is_missing_says_what_to_do(open_studio: OpenStudio) -> None:
    studio = open_studio()
    late = studio.page.get_by_text("Rechargez la page")
    studio.visit()
    expect(studio.button("Se connecter")).to_be_visible()
    expect(late).to_have_count(0)
    studio.page.route("**/texts.json", lambda route: route.abort())
    studio.page.reload()
    expect(late).to_be_hidden()  # it may only be slow
    studio.page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    expect(late).to_be_visible()
    studio.complaints.clear()


def test_an_issuer_that_gives_no_token_signs_nobody_in(open_studio: OpenStudio) -> None:
    studio = open_studio()
    cors = {"Access-Control-Allow-Origin": "*"}
    refusal = {"status": 500, "headers": cors, "content_type": "application/json", "body": "{}"}
    studio.page.route("**/token", lambda route: route.fulfill(**refusal))
    studio.visit()
    studio.button("Se connecter").click()
    expect(studio.page.locator("#name-fault")).to_contain_text("Pas de réponse")
    studio.complaints.clear()


def test_nothing_is_wider_than_a_window_at_400_percent(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 320, "height": 256})  # of 1280 × 1024 (WCAG 1.4.10)
    studio.page.route("**/api/images/uploads", lambda _: None)  # it goes on while one looks
    studio.page.locator("#file").set_input_files({"name": "W" * 200 + ".png", "mimeType": "image/png", "buffer": b""})
    expect(studio.page.locator("#source-name")).to_be_visible()
    assert studio.page.evaluate("document.documentElement.scrollWidth") <= 320
