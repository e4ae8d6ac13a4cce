"""What can be done with an image: look at it, keep it, start from it, copy its prompt, delete it."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.e2e.browser.conftest import OpenStudio
from tests.support.studio import Studio


def picture(kind: str = "PNG", size: int = 64) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (size, size), "#4b4fcf").save(content, kind)
    return content.getvalue()


def file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def test_the_preview_turns_pages_and_gives_the_focus_back(studio: Studio) -> None:
    studio.generate("deux renards", images=2)
    studio.are_painted(studio.results, 2)
    opener = studio.button("Agrandir l'image 1 : deux renards")
    opener.click()
    preview = studio.page.get_by_role("dialog", name="deux renards")
    expect(preview.get_by_role("img", name="Image 1 : deux renards")).to_be_visible()
    expect(preview).to_contain_text("1 / 2 · 512 × 512 · WEBP")
    studio.page.keyboard.press("ArrowRight")
    expect(preview.get_by_role("img", name="Image 2 : deux renards")).to_be_visible()
    expect(preview.get_by_role("button", name="Image suivante")).to_be_hidden()
    preview.get_by_role("img").click()
    expect(preview).to_be_visible()
    preview.get_by_role("button", name="Fermer").click()
    expect(preview).to_be_hidden()
    expect(opener).to_be_focused()


def test_an_image_is_saved_as_a_file_and_its_prompt_copied(studio: Studio, tmp_path: Path) -> None:
    studio.generate("un hibou")
    studio.are_painted(studio.results, 1)
    with studio.page.expect_download() as coming:
        studio.button("Télécharger").click()
    assert coming.value.suggested_filename.startswith("sorami-")
    coming.value.save_as(tmp_path / "image.webp")
    with Image.open(tmp_path / "image.webp") as image:
        assert image.size == (512, 512)
    studio.button("Copier le prompt").click()
    expect(studio.page.locator(".toast")).to_contain_text("Prompt copié")
    assert studio.page.evaluate("navigator.clipboard.readText()") == "un hibou"


def test_a_result_becomes_the_next_input_image(studio: Studio) -> None:
    studio.generate("un colibri")
    studio.are_painted(studio.results, 1)
    studio.button("Image de départ").click()
    studio.are_painted(studio.page.locator("#source-image"), 1)
    expect(studio.submit).to_be_enabled()
    with studio.page.expect_request("**/api/images/generate") as asked:
        studio.submit.click()
    assert '"input_image_url":"upload://' in str(asked.value.post_data)
    studio.are_painted(studio.results, 2)


def test_a_file_is_uploaded_shown_and_can_be_taken_back(studio: Studio) -> None:
    studio.prompt.fill("pareil, en bleu")
    studio.page.locator("#file").set_input_files(file("départ.png", "image/png", picture()))
    studio.are_painted(studio.page.locator("#source-image"), 1)
    expect(studio.page.locator("#source-preview")).to_contain_text("départ.png")
    expect(studio.submit).to_be_enabled()
    studio.button("Retirer l'image de départ").click()
    expect(studio.page.locator("#source-preview")).to_be_hidden()
    expect(studio.page.locator("#file")).to_be_focused()


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("notes.txt", 5, "Ce fichier n'est pas une image"),
        ("grand.png", 10 * 1024 * 1024 + 1, "dépasse 10 Mio"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_beside_its_field(
    studio: Studio, tmp_path: Path, name: str, size: int, said: str
) -> None:
    with (tmp_path / name).open("wb") as content:
        content.truncate(size)
    studio.page.locator("#file").set_input_files(tmp_path / name)
    expect(studio.page.locator("#source-fault")).to_contain_text(said)
    expect(studio.page.locator("#source-preview")).to_be_hidden()


def test_an_upload_that_fails_says_so(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.route("**/api/images/uploads", lambda route: route.abort())
    studio.sign_in()
    studio.page.locator("#file").set_input_files(file("a.png", "image/png", picture()))
    expect(studio.page.locator("#source-fault")).to_contain_text("choisissez l'image à nouveau")
    studio.complaints.clear()


def test_deleting_asks_first_and_then_it_is_gone(studio: Studio) -> None:
    studio.generate("un corbeau")
    studio.are_painted(studio.results, 1)
    studio.button("Ranger dans la galerie").click()
    studio.button("Agrandir l'image 1 : un corbeau").click()
    trash = studio.page.locator("#preview").get_by_role("button", name="Supprimer")
    studio.answers(trash, accept=False)
    expect(trash).to_be_focused()
    assert len(studio.api.get("/api/images/user").json()["generations"]) == 1
    studio.answers(trash, accept=True)
    expect(studio.gallery).to_have_count(0)
    expect(studio.page.locator("#empty")).to_be_visible()
    assert studio.api.get("/api/images/user").json()["generations"] == []


def test_a_toast_lies_above_the_preview(studio: Studio) -> None:
    studio.generate("un héron")
    studio.are_painted(studio.results, 1)
    studio.button("Copier le prompt").click()
    studio.button("Agrandir l'image 1 : un héron").click()
    studio.page.locator("#preview").get_by_role("button", name="Copier le prompt").click()
    expect(studio.page.locator(".toast").last).to_be_visible()
    assert studio.page.evaluate(  # on top of the top layer: shown after the dialog
        """() => {
            const shown = document.querySelector("#toasts");
            return shown.matches(":popover-open") && !shown.matches("dialog[open] *");
        }"""
    )
