import io

import pytest
from PIL import Image

from examples.backend.draw import STYLES, draw_picture
from examples.backend.draw.scene import imagine_scene
from examples.backend.generator import encode

SIZE = (160, 96)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "prompt", ["un chat astronaute", "une ville la nuit", "la forêt", "un voilier en mer", "montagne", "\N{CAT FACE}"]
)
def test_every_scene_has_the_asked_size_and_many_colours(prompt: str, style: str) -> None:
    picture = draw_picture(prompt, 0, style, SIZE)
    assert (picture.size, picture.mode) == (SIZE, "RGB")
    assert len(set(picture.get_flattened_data())) > 1000


@pytest.mark.parametrize("style", STYLES)
def test_the_same_prompt_gives_the_same_picture(style: str) -> None:
    first, again = (draw_picture("un chat", 1, style, SIZE).tobytes() for _ in range(2))
    assert first == again


def test_index_prompt_and_style_each_change_the_picture() -> None:
    pictures = [
        draw_picture(prompt, index, style, SIZE).tobytes()
        for prompt, index, style in (
            ("un chat", 0, "illustration"),
            ("un chat", 1, "illustration"),
            ("un chat noir", 0, "illustration"),
            ("un chat", 0, "artistic"),
        )
    ]
    assert len(set(pictures)) == 4


@pytest.mark.parametrize(
    ("prompt", "place", "cat"),
    [
        ("Un CHAT astronaute", "space", True),
        ("une forêt enneigée", "forest", False),
        ("cats at sea", "sea", True),
        ("New York city", "city", False),
        ("merci pour le château", "mountains", False),
    ],
)
def test_words_choose_the_scene(prompt: str, place: str, cat: bool) -> None:
    scene = imagine_scene(prompt, 0, "illustration")
    assert (scene.place, scene.cat) == (place, cat)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP"])
def test_quality_buys_bytes(image_format: str) -> None:
    picture = draw_picture("la mer", 0, "photorealistic", SIZE)
    sizes = [len(encode(picture, image_format, quality)) for quality in ("standard", "high", "ultra")]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_files_are_of_the_asked_format(image_format: str) -> None:
    content = encode(draw_picture("la mer", 0, "illustration", SIZE), image_format, "standard")
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == (image_format, SIZE)
