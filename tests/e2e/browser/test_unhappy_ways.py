"""What goes wrong, and what the page says and does about it."""

from playwright.sync_api import Route, expect

from tests.e2e.browser.conftest import OpenStudio
from tests.support.api import wait_for
from tests.support.studio import Studio

REFUSED = "Refusé par la modération"


def test_a_failing_prompt_shows_its_reason_and_can_be_taken_up_again(studio: Studio) -> None:
    studio.generate("!fail moderated")
    expect(studio.jobs.first).to_contain_text("Échec")
    expect(studio.jobs.first).to_contain_text(f"{REFUSED} : reformulez le prompt.")
    expect(studio.jobs.first).not_to_contain_text("a été refusée")  # the service's own words for the same
    studio.bell.click()
    expect(studio.news).to_contain_text(REFUSED)
    expect(studio.news).to_contain_text("!fail moderated")
    studio.page.keyboard.press("Escape")
    studio.prompt.fill("autre chose")
    studio.button("Reprendre ce prompt").click()
    expect(studio.prompt).to_be_focused()
    expect(studio.prompt).to_have_value("!fail moderated")


def test_a_job_can_be_cancelled_while_another_goes_on(studio: Studio) -> None:
    studio.generate("!silent un lac")
    studio.generate("!silent une forêt")
    studio.jobs.filter(has_text="forêt").get_by_role("button", name="Annuler").click()
    expect(studio.jobs.filter(has_text="forêt")).to_contain_text("Annulé")
    expect(studio.jobs.filter(has_text="lac").get_by_role("progressbar")).to_be_visible()
    studio.button("Annuler").click()
    expect(studio.progress).to_have_count(0)
    jobs = studio.api.get("/api/images/user", status="ALL").json()["generations"]
    assert [job["status"] for job in jobs] == ["CANCELLED", "CANCELLED"]


def test_offline_the_page_says_so_and_back_it_catches_up(studio: Studio) -> None:
    studio.generate("!silent une île")
    job_id = studio.api.get("/api/images/user", status="ALL").json()["generations"][0]["id"]
    studio.context.set_offline(True)
    expect(studio.notice).to_contain_text("Vous êtes hors ligne")
    studio.prompt.fill("un phare")
    studio.submit.click()
    expect(studio.page.locator("#form-fault")).to_contain_text("Réessayez au retour du réseau")
    assert studio.api.cancel(job_id).status_code == 200  # from elsewhere
    expect(studio.jobs).not_to_contain_text("Annulé")
    studio.context.set_offline(False)
    expect(studio.notice).to_be_empty()
    expect(studio.jobs).to_contain_text("Annulé")
    studio.submit.click()
    studio.are_painted(studio.results, 1)
    studio.complaints.clear()


def test_an_answer_that_got_lost_starts_no_second_job(studio: Studio) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST" or lost:
            return route.continue_()
        lost.append(route.fetch().text())
        return route.abort("connectionreset")

    studio.page.route("**/api/images/generate", lose_the_first)
    studio.generate("un pont")
    studio.are_painted(studio.results, 1)
    assert len(lost) == 1
    assert len(studio.api.get("/api/images/user", status="ALL").json()["generations"]) == 1
    studio.complaints.clear()


def test_without_a_live_connection_the_page_polls_and_says_so(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.polls_quickly()
    studio.page.route("**/api/notifications/ticket", lambda route: route.abort())
    studio.sign_in()
    expect(studio.notice).to_contain_text("Direct interrompu")
    studio.generate("un moulin")
    studio.are_painted(studio.results, 1)
    expect(studio.badge).to_have_text("1")
    studio.page.unroute("**/api/notifications/ticket")
    studio.page.evaluate("dispatchEvent(new Event('online'))")  # what ends the pause between two tries
    expect(studio.notice).to_be_empty()
    studio.complaints.clear()


def test_a_token_that_is_refused_is_renewed_without_a_word(studio: Studio) -> None:
    """The local gateway's 401 has no CORS headers: the page sees a network error."""
    studio.page.evaluate(
        """() => {
            const session = JSON.parse(sessionStorage.getItem("sorami:session"));
            sessionStorage.setItem("sorami:session", JSON.stringify({...session, token: `${session.token}A`}));
        }"""
    )
    studio.page.reload()
    studio.generate("une dune")
    studio.are_painted(studio.results, 1)
    studio.complaints.clear()


def test_image_urls_that_have_expired_are_renewed(studio: Studio) -> None:
    studio.generate("un glacier")
    studio.are_painted(studio.results, 1)
    refused: list[str] = []

    def refuse_the_first(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(status=403)

    studio.page.route("**/image_1.webp*", refuse_the_first)
    studio.page.reload()
    studio.are_painted(studio.gallery.locator("img"), 1)
    assert len(refused) == 1
    studio.complaints.clear()


def test_an_image_that_could_not_come_while_offline_comes_afterwards(studio: Studio) -> None:
    studio.generate("un volcan")
    studio.are_painted(studio.results, 1)
    studio.context.set_offline(True)
    expect(studio.notice).to_contain_text("Vous êtes hors ligne")
    with studio.page.expect_event("requestfailed", lambda request: request.url.endswith("/result")):
        studio.results.first.evaluate("image => image.src = 'data:,'")
    studio.page.evaluate("new Promise(requestAnimationFrame)")
    studio.context.set_offline(False)
    studio.are_painted(studio.results, 1)
    studio.complaints.clear()


def test_the_api_s_own_faults_stand_beside_their_field(studio: Studio) -> None:
    studio.prompt.fill("un chat")
    studio.page.get_by_label("Adresse de l'image de départ").fill("http://127.0.0.1/secret.png")
    studio.submit.click()
    expect(studio.page.locator("#source-fault")).to_contain_text("URL http(s) publique")
    studio.page.get_by_label("Adresse de l'image de départ").fill("ftp://images")
    studio.prompt.click()
    expect(studio.page.locator("#source-fault")).to_contain_text("https://")
    expect(studio.submit).to_be_disabled()
    studio.complaints.clear()  # Chromium reports the 400 itself


def test_a_fault_that_only_the_service_can_word_is_worded_by_the_page_for_readers_of_another_language(studio: Studio) -> None:
    studio.button("English").click()
    studio.prompt.fill("a cat")
    studio.page.get_by_label("Address of the input image").fill("http://127.0.0.1/secret.png")
    studio.submit.click()
    expect(studio.page.locator("#source-fault")).to_have_text("The service refuses this value: change it.")
    told = '{"code": "job_deleted", "message": "Ce job est supprimé."}'
    cors = {"Access-Control-Allow-Origin": "*"}
    studio.page.route(
        "**/generate", lambda route: route.fulfill(status=410, headers=cors, content_type="application/json", body=told)
    )
    studio.submit.click()
    expect(studio.page.locator("#form-fault")).to_have_text("Unexpected answer of the service: try again.")
    studio.complaints.clear()  # Chromium reports the 400 itself


def test_the_line_that_says_offline_is_in_sight_wherever_one_has_scrolled(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 360, "height": 500})
    studio.page.evaluate("scrollTo(0, 400)")
    studio.context.set_offline(True)
    expect(studio.notice).to_contain_text("Vous êtes hors ligne")
    expect(studio.notice).to_be_in_viewport()
    studio.context.set_offline(False)
    studio.complaints.clear()


def test_too_many_open_jobs_is_a_sentence_that_helps(studio: Studio) -> None:
    jobs = []
    while (answer := studio.api.generate("!silent", size="512x512")).status_code == 202:
        jobs.append(answer.json()["job_id"])
    studio.prompt.fill("un de trop")
    studio.submit.click()
    expect(studio.page.locator("#form-fault")).to_contain_text("attendez la fin de l'une d'elles, ou annulez-en une")
    for job_id in jobs:
        studio.api.cancel(job_id)
    studio.complaints.clear()


def test_an_id_of_a_deleted_job_in_the_bell_says_what_became_of_it(studio: Studio) -> None:
    studio.generate("un ruisseau")
    studio.are_painted(studio.results, 1)
    expect(studio.badge).to_have_text("1")
    [job] = studio.api.get("/api/images/user").json()["generations"]
    studio.api.delete(job["id"])
    studio.page.reload()
    expect(studio.gallery).to_have_count(0)
    studio.bell.click()
    studio.news.get_by_text("1 image prête").click()
    expect(studio.page.locator(".toast")).to_contain_text("est supprimée")
    wait_for(lambda: studio.api.feed()["unreadCount"], lambda count: count == 0, "it counts as read")
    studio.complaints.clear()
