"""Who uses the page and how: two users, two tabs, two languages, two themes, a keyboard alone."""

import re

from playwright.sync_api import Route, expect

from tests.support.api import Api, completed
from tests.support.studio import Studio

EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'


def test_a_second_user_in_another_tab_sees_nothing_of_the_first(studio: Studio) -> None:
    studio.generate("secret de la première")
    studio.are_painted(studio.results, 1)
    expect(studio.badge).to_have_text("1")
    second = studio.another_tab()
    second.sign_in()
    expect(second.page.locator("#empty")).to_be_visible()
    expect(second.prompt).to_have_value("")
    expect(second.badge).to_be_hidden()
    second.generate("secret du second")
    second.are_painted(second.results, 1)
    for one, other in ((studio, second), (second, studio)):
        one.page.reload()
        expect(one.gallery).to_have_count(1)
        expect(one.page.locator("#user")).to_have_text(one.user)
        assert other.prompt.input_value() not in one.page.locator("body").inner_text()


def test_signing_out_leaves_nothing_of_the_user_on_the_page_or_the_machine(studio: Studio) -> None:
    studio.generate("un souvenir")
    studio.are_painted(studio.results, 1)
    studio.button("Se déconnecter").click()
    expect(studio.button("Se connecter")).to_be_visible()
    kept = studio.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "souvenir" not in kept + studio.page.content()
    assert studio.user not in kept


def test_a_job_that_ends_while_one_looks_elsewhere_is_told_by_a_toast_that_leads_there(studio: Studio) -> None:
    """Started and reported from elsewhere: both come by the live connection."""
    expect(studio.notice).to_be_empty()
    job_id = studio.api.new_job("!silent aurore boréale")
    expect(studio.jobs).to_contain_text("aurore boréale")
    studio.bell.click()
    studio.page.keyboard.press("Escape")
    studio.page.set_viewport_size({"width": 360, "height": 500})
    studio.page.evaluate("scrollTo(0, 0)")
    studio.api.webhook(
        {"job_id": job_id, "status": "failed", "error_code": "content_moderated", "timestamp": "2026-01-02T03:04:05Z"}
    )
    toast = studio.page.locator(".toast")
    expect(toast).to_contain_text("Une génération a échoué · !silent aurore boréale")
    toast.get_by_role("button", name="Voir").click()
    expect(studio.jobs).to_be_focused()
    expect(toast).to_have_count(0)


def test_two_tabs_of_one_user_agree_and_read_all_reads_what_is_shown(studio: Studio) -> None:
    second = studio.another_tab()
    second.user = studio.user
    second.sign_in()
    expect(second.notice).to_be_empty()
    for prompt in ("!fail un", "!fail deux"):
        studio.generate(prompt)
    for one in (studio, second):
        expect(one.jobs).to_have_count(2)
        expect(one.badge).to_have_text("2")
    second.bell.click()
    second.button("Tout marquer lu").click()
    expect(second.badge).to_be_hidden()
    assert second.api.feed()["unreadCount"] == 0


def test_a_notification_leads_to_its_images(studio: Studio) -> None:
    studio.generate("une comète")
    studio.are_painted(studio.results, 1)
    studio.page.reload()
    expect(studio.badge).to_have_text("1")
    studio.bell.click()
    studio.news.get_by_text("1 image prête").click()
    expect(studio.page.get_by_role("dialog", name="une comète")).to_be_visible()
    studio.are_painted(studio.page.locator("#preview-image"), 1)
    expect(studio.badge).to_be_hidden()


def test_the_gallery_goes_on_as_one_scrolls(studio: Studio) -> None:
    api: Api = studio.api
    for number in range(5):
        job_id = api.new_job(f"!silent carte {number}")
        assert api.webhook(completed(job_id)).status_code == 200
    asked: list[str] = []

    def two_at_a_time(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_(url=route.request.url.replace("limit=12", "limit=2"))

    studio.page.route("**/api/images/user?limit=12*", two_at_a_time)
    studio.page.route("**/image_1.png*", lambda route: route.fulfill(content_type="image/svg+xml", body=EMPTY))
    studio.page.set_viewport_size({"width": 360, "height": 480})
    studio.page.reload()
    expect(studio.gallery).to_have_count(2)
    expect(studio.button("Plus d'images")).to_be_visible()
    studio.gallery.last.scroll_into_view_if_needed()
    expect(studio.gallery).to_have_count(5)
    expect(studio.gallery.locator(".prompt")).to_have_text([f"!silent carte {number}" for number in (4, 3, 2, 1, 0)])
    expect(studio.button("Plus d'images")).to_be_hidden()
    assert ["cursor=" in url for url in asked] == [False, True, True]


def test_everything_can_be_done_with_the_keyboard_alone(studio: Studio) -> None:
    page, keys = studio.page, studio.page.keyboard
    page.reload()
    expect(page.locator("#empty")).to_be_visible()
    keys.press("Tab")
    expect(page.get_by_role("link", name="Aller au prompt")).to_be_focused()
    keys.press("Enter")
    expect(studio.prompt).to_be_focused()
    keys.type("un phare")
    keys.press("Tab")
    keys.press("ArrowRight")
    expect(page.locator("#choices").get_by_label("2", exact=True)).to_be_checked()
    keys.press("Shift+Tab")
    keys.press("Control+Enter")
    studio.are_painted(studio.results, 2)
    opener = studio.button("Agrandir l'image 1 : un phare")
    reach(studio, opener.get_attribute("aria-label") or "")
    keys.press("Enter")
    expect(page.get_by_role("dialog", name="un phare")).to_be_visible()
    keys.press("Escape")
    expect(opener).to_be_focused()
    reach(studio, "Notifications, 1 non lue", backwards=True)
    keys.press("Enter")
    expect(studio.news).to_have_count(1)
    reach(studio, "Marquer comme lu")
    keys.press("Enter")
    expect(studio.badge).to_be_hidden()
    keys.press("Escape")
    expect(studio.bell).to_be_focused()


def reach(studio: Studio, name: str, *, backwards: bool = False) -> None:
    """Tab by tab until the focus is there."""
    for _ in range(60):
        if studio.page.evaluate("document.activeElement.ariaLabel") == name:
            return
        studio.page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"60 tabs did not reach {name!r}")


def test_english_is_one_press_away_and_stays(studio: Studio) -> None:
    page = studio.page
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    studio.generate("!fail moderated")
    expect(studio.jobs).to_contain_text("Échec")
    studio.button("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to see?")
    expect(studio.jobs).to_contain_text("Refused by moderation: reword the prompt.")
    expect(studio.bell).to_have_accessible_name("Notifications, 1 unread")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to see?")
    expect(page).to_have_title("(1) Generate images · Sorami")
    seen = page.locator("body").inner_text()
    assert not re.search(r"[éèêàçùÉ]", seen), seen


def test_dark_is_one_press_away_and_stays(studio: Studio) -> None:
    page = studio.page
    brightness = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(brightness)
    studio.button("Passer au thème sombre").click()
    assert page.evaluate(brightness) != light
    page.reload()
    assert page.evaluate(brightness) != light
    studio.button("Passer au thème clair").click()
    assert page.evaluate(brightness) == light


def test_the_form_says_why_it_cannot_be_sent(studio: Studio) -> None:
    page = studio.page
    expect(studio.submit).to_be_disabled()
    expect(studio.prompt).to_have_accessible_description(re.compile("Décrivez d'abord votre image"))
    studio.prompt.fill("x" * 4002)
    expect(page.locator("#count")).to_have_text("4002 / 4000")
    expect(page.locator("#prompt-fault")).to_have_text("2 caractères de trop : raccourcissez le prompt.")
    expect(studio.submit).to_be_disabled()
    studio.prompt.fill("🦊" * 4000)
    expect(studio.submit).to_be_enabled()
    expect(studio.prompt).to_have_attribute("aria-invalid", "false")


def test_the_button_that_submits_is_in_view_without_scrolling(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    expect(studio.submit).to_be_in_viewport(ratio=1)
    studio.page.locator("#url").focus()  # below what the form shows: it scrolls, and the button covers nothing
    field, button = studio.page.locator("#url").bounding_box(), studio.submit.bounding_box()
    assert field
    assert button
    assert field["y"] + field["height"] <= button["y"]
