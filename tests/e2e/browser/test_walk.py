"""The main job by hand: from signing in to a gallery that holds the images, and every state on the way in all its looks."""

from playwright.sync_api import expect

from tests.e2e.browser.conftest import OpenStudio
from tests.support.states import Looks
from tests.support.studio import Studio

PROMPT = "un chat astronaute devant une planète à anneaux"


def test_two_images_from_signing_in_to_the_gallery_after_a_reload(studio: Studio) -> None:
    studio.watch_progress()
    studio.generate(PROMPT, images=2)
    studio.are_painted(studio.results, 2)
    expect(studio.page.locator("#empty")).to_be_hidden()  # above it stand two images
    seen = studio.seen_values()
    assert len(seen) >= 3, seen
    assert seen == sorted(seen)

    expect(studio.badge).to_have_text("1")
    expect(studio.page).to_have_title("(1) Générer des images · Sorami")
    studio.bell.click()
    expect(studio.news).to_contain_text(["2 images prêtes" + PROMPT])
    studio.button("Marquer comme lu").click()
    expect(studio.badge).to_be_hidden()
    expect(studio.page).to_have_title("Générer des images · Sorami")

    studio.page.reload()
    studio.are_painted(studio.gallery.locator("img"), 2)
    expect(studio.gallery).to_contain_text(PROMPT)
    expect(studio.badge).to_be_hidden()
    expect(studio.jobs).to_have_count(0)
    expect(studio.news).to_contain_text([PROMPT])  # which no notification has
    expect(studio.prompt).to_have_value(PROMPT)
    expect(studio.page.locator("#choices").get_by_label("512 × 512")).to_be_checked()


def test_every_state_is_accessible_and_fits_in_light_and_dark_on_desktop_and_phone(open_studio: OpenStudio, looks: Looks) -> None:
    studio = open_studio()
    studio.visit()
    expect(studio.button("Se connecter")).to_be_visible()
    looks.check(studio.page, "1-sign-in")
    studio.sign_in()
    looks.check(studio.page, "2-empty")

    studio.generate(f"!silent {PROMPT}", images=2)
    [job] = studio.api.get("/api/images/user", status="ALL").json()["generations"]
    report = {"job_id": job["id"], "status": "generating", "progress": 60, "timestamp": "2026-01-02T03:04:05Z"}
    assert studio.api.webhook(report).status_code == 200  # so it stands still, and the backend has nothing left to do
    expect(studio.progress).to_have_attribute("aria-valuenow", "60")
    looks.check(studio.page, "3-progress", "#stage")
    studio.button("Annuler").click()
    studio.button("Retirer de la liste").click()
    studio.generate(PROMPT, images=2)
    studio.are_painted(studio.results, 2)
    looks.check(studio.page, "4-results", "#stage")

    studio.bell.click()
    expect(studio.news).to_have_count(1)
    looks.check(studio.page, "5-bell")
    studio.page.keyboard.press("Escape")
    studio.results.first.click()
    studio.are_painted(studio.page.locator("#preview-image"), 1)
    looks.check(studio.page, "6-preview")
    studio.page.keyboard.press("Escape")

    studio.prompt.fill("!fail moderated")
    studio.submit.click()
    expect(studio.page.locator(".failed")).to_be_visible()
    looks.check(studio.page, "7-failure", "#stage")
    studio.page.reload()
    studio.are_painted(studio.gallery.locator("img"), 2)
    looks.check(studio.page, "8-gallery", "#gallery-title")

    studio.context.set_offline(True)
    expect(studio.notice).to_contain_text("hors ligne")
    looks.check(studio.page, "9-offline")
    studio.context.set_offline(False)
    expect(studio.notice).to_be_empty()
    studio.complaints.clear()  # the network was cut on purpose
