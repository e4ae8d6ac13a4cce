"""Answers that nobody likes to give: late, twice, in another order, not in JSON, or a refusal of any kind."""

import json
from typing import Any

from playwright.sync_api import Route, WebSocketRoute, expect

from tests.e2e.browser.conftest import OpenStudio
from tests.support.api import completed
from tests.support.studio import Studio

GENERATE = "**/api/images/generate"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
HASTY_CLOCK = """
    Object.assign(window, {pauses: [], skipped: 0});
    Math.random = () => 1;
    const [now, later] = [Date.now, setTimeout];
    Date.now = () => now() + skipped;
    window.setTimeout = (act, ms) => {
        const isPause = [1000, 2000, 4000, 8000, 16000, 30000].includes(ms);
        if (isPause) pauses.push(ms);
        return later(act, isPause ? 50 : ms);
    };"""
REFUSALS = [
    (400, "invalid_request", "détail du service"),
    (403, None, "Réponse inattendue"),
    (404, None, "Réponse inattendue"),
    (410, "job_deleted", "détail du service"),
    (413, None, "Réponse inattendue"),
    (422, "idempotency_key_reused", "détail du service"),
    (500, "internal", "Réponse inattendue"),
    (502, "backend_rejected", "changez le prompt"),
]


def problem(status: int, code: str | None, **headers: str) -> dict[str, Any]:
    """What `route.fulfill` takes; without a code it is the gateway's own shape."""
    content = {"code": code, "message": "détail du service"} if code else {"message": "Forbidden"}
    return {"status": status, "headers": CORS | headers, "content_type": "application/json", "body": json.dumps(content)}


def found(content: dict[str, Any]) -> dict[str, Any]:
    return {"headers": CORS, "content_type": "application/json", "body": json.dumps(content)}


def failure(number: int) -> dict[str, Any]:
    told = {"id": str(number), "type": "IMAGE_FAILED", "isRead": False, "createdAt": f"2020-01-01T00:00:0{number}.000Z"}
    return told | {"metadata": {"generationId": "gone", "errorCode": "constructor"}}


def live_lines(studio: Studio) -> list[WebSocketRoute]:
    """Every live connection of the page, each with its server behind it: `send` tells the page something more."""
    lines: list[WebSocketRoute] = []

    def listen_in(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    studio.page.route_web_socket("**/live**", listen_in)
    return lines


def test_every_refusal_is_a_sentence_and_the_form_can_be_sent_again(studio: Studio) -> None:
    refusals = iter(REFUSALS)

    def refuse(route: Route) -> None:
        status, code, _ = next(refusals)
        return route.fulfill(**problem(status, code))

    studio.page.route(GENERATE, refuse)
    for number, (_, _, said) in enumerate(REFUSALS):
        studio.prompt.fill(f"essai {number}")
        studio.submit.click()
        expect(studio.page.locator("#form-fault")).to_contain_text(said)
        expect(studio.submit).to_be_enabled()
    studio.complaints.clear()


# For an answer that never comes. All others have as long as they ever have.
_SECOND_JOB_WAITS_NOT_LONG = """
    let sent = 0;
    const ask = window.fetch;
    window.fetch = (url, how = {}) => {
        const isSecond = String(url).endsWith("/api/images/generate") && ++sent === 2;
        return ask(url, isSecond ? { ...how, signal: AbortSignal.timeout(200) } : how);
    };
"""


def test_a_page_of_html_or_silence_in_place_of_an_answer_starts_no_second_job(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.add_init_script(_SECOND_JOB_WAITS_NOT_LONG)
    studio.sign_in()
    keys: list[str] = []

    def spoil(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            return route.fulfill(headers=CORS, content_type="text/html", body="<h1>Bienvenue sur notre réseau</h1>")
        return route.continue_() if len(keys) > 2 else None

    studio.page.route(GENERATE, spoil)
    studio.generate("!silent une tour")
    expect(studio.submit).to_be_enabled()  # the job may be told of before its answer is there
    assert len(keys) == 3
    assert len(set(keys)) == 1
    [job] = studio.api.get("/api/images/user", status="ALL").json()["generations"]
    studio.api.cancel(job["id"])
    studio.complaints.clear()


def test_a_service_that_asks_for_an_hour_is_not_waited_for(studio: Studio) -> None:
    studio.page.route(GENERATE, lambda route: route.fulfill(**problem(503, "unavailable", **{"Retry-After": "3600"})))
    studio.prompt.fill("un puits")
    studio.submit.click()
    expect(studio.page.locator("#form-fault")).to_contain_text("indisponible")
    studio.complaints.clear()


def test_a_gallery_that_fails_halfway_stops_asking_until_it_is_told_to(studio: Studio) -> None:
    asked: list[str] = []
    page = {"generations": [], "page": 1, "limit": 12, "next_cursor": "next"}

    def first_page_only(route: Route) -> None:
        asked.append(route.request.url)
        refusal = problem(403, None) if "cursor=" in route.request.url else None
        return route.fulfill(**(refusal or {"headers": CORS, "content_type": "application/json", "body": json.dumps(page)}))

    studio.page.route("**/api/notifications/ticket", lambda _: None)  # a connection that opens is a reason to ask again
    studio.page.route("**/api/images/user?limit=12*", first_page_only)
    studio.page.reload()
    expect(studio.page.locator("#gallery-fault")).to_contain_text("Réponse inattendue")
    studio.page.wait_for_timeout(300)  # some twenty frames, in each of which it could ask again
    assert len(asked) == 2
    with studio.page.expect_request("**/api/images/user?limit=12*"):
        studio.button("Plus d'images").click()
    expect(studio.page.locator("#gallery-fault")).to_contain_text("Réponse inattendue")
    assert len(asked) == 3
    studio.complaints.clear()


def test_live_messages_that_come_twice_or_late_change_nothing(open_studio: OpenStudio) -> None:
    studio = open_studio()
    lines = live_lines(studio)
    studio.sign_in()
    expect(studio.notice).to_be_empty()
    studio.generate("!fail moderated")
    expect(studio.badge).to_have_text("1")
    [newest] = studio.api.feed()["notifications"]
    studio.bell.click()
    studio.button("Marquer comme lu").click()
    expect(studio.badge).to_be_hidden()

    def tell(notification: dict[str, Any], unread: int) -> None:
        lines[-1].send(json.dumps({"type": "notification.created", "notification": notification, "unreadCount": unread}))

    older = newest | {"id": "older", "type": "IMAGE_COMPLETED", "createdAt": "2020-01-01T00:00:00.000Z"}
    tell(newest, 1)
    tell(older, 7)
    expect(studio.news).to_have_count(2)
    expect(studio.news.first).to_contain_text("Une génération a échoué")
    expect(studio.news.first).to_contain_class("read")
    expect(studio.badge).to_be_hidden()


def test_the_bell_has_a_name_although_nobody_tells_what_is_in_it(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.route("**/api/notifications**", lambda _: None)
    studio.sign_in()
    expect(studio.bell).to_have_accessible_name("Notifications, 0 non lue")


def test_a_notification_is_read_once_and_only_if_it_was_shown(open_studio: OpenStudio) -> None:
    """However often its button is pressed; and what comes while all are being marked stays unread."""
    studio = open_studio()
    lines: list[WebSocketRoute] = []
    held: list[Route] = []
    feed = {"notifications": [failure(number) for number in (3, 2, 1)], "unreadCount": 3, "next_cursor": None}

    def answer(line: WebSocketRoute) -> None:
        line.on_message(lambda _: line.send(json.dumps({"type": "sync", "jobs": [], "unreadCount": 3})))
        lines.append(line)

    def serve(route: Route) -> None:
        return held.append(route) if route.request.method in {"PUT", "POST"} else route.fulfill(**found(feed))

    studio.page.route_web_socket("**/live**", answer)
    for path in ("**/api/notifications", "**/api/notifications?*", "**/api/notifications/read-all"):
        studio.page.route(path, serve)
    studio.sign_in()
    expect(studio.badge).to_have_text("3")
    studio.bell.click()
    expect(studio.news.first).to_contain_text("La génération a échoué")  # `constructor` is no code that the page knows
    for _ in range(2):
        with studio.page.expect_request("**/api/notifications"):
            studio.news.first.get_by_role("button", name="Marquer comme lu").click()
    studio.page.evaluate("0")  # a turn of Playwright's own loop, in which the second is caught as well
    assert len(held) == 2
    feed["unreadCount"] = 2
    for route in held:
        with studio.page.expect_response("**/api/notifications") as marked:
            route.fulfill(**found({"success": True}))
        marked.value.finished()
        expect(studio.news.first).to_contain_class("read")
    studio.page.evaluate("new Promise(requestAnimationFrame)")
    assert studio.badge.text_content() == "2"

    with studio.page.expect_request("**/read-all"):
        studio.button("Tout marquer lu").click()
    lines[-1].send(json.dumps({"type": "notification.created", "notification": failure(4), "unreadCount": 3}))
    expect(studio.news).to_have_count(4)
    held[-1].fulfill(**found({"unreadCount": 1}))
    expect(studio.badge).to_have_text("1")
    assert ["read" in (one.get_attribute("class") or "") for one in studio.news.all()] == [False, True, True, True]


def test_a_page_that_was_sent_away_says_so_whatever_the_network_does(open_studio: OpenStudio) -> None:
    studio = open_studio()
    closing = json.dumps({"type": "closing", "reason": "too_many_connections"})
    studio.page.route_web_socket("**/live**", lambda line: line.on_message(lambda _: line.send(closing)))
    studio.sign_in()
    expect(studio.notice).to_contain_text("Trop d'onglets")
    studio.page.evaluate("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'))")
    expect(studio.notice).to_contain_text("Trop d'onglets")


def test_connections_that_are_closed_at_once_are_tried_ever_more_seldom(open_studio: OpenStudio) -> None:
    """Only one that has lasted is a reason to come back soon. The pauses are noted, and pass quickly."""
    studio = open_studio()
    studio.page.add_init_script(HASTY_CLOCK)
    is_closing = True
    lines: list[WebSocketRoute] = []

    def answer(line: WebSocketRoute) -> None:
        def hear(_: str | bytes) -> None:
            line.send(json.dumps({"type": "sync", "jobs": [], "unreadCount": 0}))
            if is_closing:
                line.close()

        line.on_message(hear)
        lines.append(line)

    studio.page.route_web_socket("**/live**", answer)
    studio.sign_in()
    studio.page.wait_for_function("() => window.pauses.length > 3")
    assert studio.page.evaluate("window.pauses.slice(0, 4)") == [1000, 2000, 4000, 8000]
    is_closing = False
    expect(studio.notice).to_be_empty()
    studio.page.evaluate("window.skipped = 60_000; window.pauses = []")
    lines[-1].close()
    studio.page.wait_for_function("() => window.pauses.length > 0")
    assert studio.page.evaluate("window.pauses[0]") == 1000


def test_progress_never_falls_and_an_end_is_never_undone(open_studio: OpenStudio) -> None:
    studio = open_studio()
    lines = live_lines(studio)
    studio.sign_in()
    expect(studio.notice).to_be_empty()
    studio.generate("!silent un ravin")
    [job] = studio.api.get("/api/images/user", status="ALL").json()["generations"]

    def tell(status: str, progress: int) -> None:
        message = {"type": "job.updated", "job_id": job["id"], "status": status, "progress": progress, "message": ""}
        lines[-1].send(json.dumps(message))

    studio.watch_progress()
    for status, progress in (("GENERATING", 60), ("GENERATING", 55), ("PENDING", 0), ("GENERATING", 61)):
        tell(status, progress)
    expect(studio.progress).to_have_attribute("aria-valuenow", "61")
    assert studio.seen_values() == [60, 61]
    studio.api.cancel(job["id"])
    expect(studio.jobs).to_contain_text("Annulé")
    tell("SAVING", 90)
    tell("GENERATING", 62)
    lines[-1].send(json.dumps({"type": "sync", "jobs": [], "unreadCount": 5}))
    expect(studio.badge).to_have_text("5")  # so all of them have been heard
    expect(studio.jobs).to_contain_text("Annulé")
    expect(studio.progress).to_have_count(0)


def test_a_job_that_was_deleted_elsewhere_leaves_the_page(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.polls_quickly()
    studio.page.route("**/api/notifications/ticket", lambda route: route.abort())
    studio.sign_in()
    studio.generate("!silent un mirage")
    [job] = studio.api.get("/api/images/user", status="ALL").json()["generations"]
    studio.page.route(f"**/{job['id']}/status", lambda route: route.fulfill(**problem(404, "job_not_found")))
    expect(studio.jobs).to_have_count(0)
    studio.api.cancel(job["id"])
    studio.complaints.clear()


def test_images_that_were_deleted_elsewhere_can_be_deleted_here(studio: Studio) -> None:
    job_id = studio.api.new_job("!silent un phare")
    studio.api.webhook(completed(job_id))
    expect(studio.results).to_have_count(1)
    studio.api.delete(job_id)
    studio.answers(studio.jobs.get_by_role("button", name="Supprimer"), accept=True)
    expect(studio.jobs).to_have_count(0)
    studio.complaints.clear()


def test_a_renewed_image_does_not_take_the_place_of_the_one_that_is_shown_by_now(studio: Studio) -> None:
    studio.generate("deux ponts", images=2)
    studio.are_painted(studio.results, 2)
    held: list[Route] = []
    studio.page.route("**/result", lambda route: held.append(route))  # noqa: PLW0108 (a built-in method takes no attributes, and Playwright gives it one)
    studio.page.route("**/image_1.webp*", lambda route: route.fulfill(status=403))
    studio.page.evaluate("document.querySelector('#preview-image').src = 'data:,'")
    with studio.page.expect_request("**/result"):
        studio.results.first.click()
        expect(studio.page.locator("#preview")).to_be_visible()
        studio.page.locator("#preview-image").dispatch_event("error")  # as an expired URL gives
    studio.page.keyboard.press("ArrowRight")
    with studio.page.expect_response("**/result") as renewed:
        held[0].continue_()
    renewed.value.finished()
    studio.page.evaluate("new Promise(requestAnimationFrame)")
    assert "image_2" in str(studio.page.locator("#preview-image").get_attribute("src"))
    studio.complaints.clear()


def test_a_notification_that_cannot_be_followed_says_why(studio: Studio) -> None:
    studio.generate("!fail moderated")
    expect(studio.badge).to_have_text("1")
    studio.page.reload()
    expect(studio.badge).to_have_text("1")
    studio.page.route("**/status", lambda route: route.fulfill(**problem(403, None)))
    studio.bell.click()
    studio.news.get_by_text("Une génération a échoué").click()
    expect(studio.page.locator(".toast")).to_contain_text("Réponse inattendue")
    studio.complaints.clear()
