"""Images by one of Google's Gemini models, through its own SDK. Imported only where `GENERATOR=gemini` asks for it.

Of the SDK's two ways this is `generate_content` with images as the answer: it takes a picture along with the prompt. The other,
`generate_images` (Imagen), takes text alone, and the SDK announces its removal.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

import httpx2
from google import genai
from google.genai import errors, types
from PIL import Image, ImageOps

from .gemini_refusals import no_image, refusal_of
from .generator import Picture, TryAgain, encode
from .orders import Order
from .settings import GEMINI_SIZES, GeminiSettings

_log = logging.getLogger(__name__)
_STYLES = {
    "photorealistic": "a photorealistic photograph",
    "artistic": "an expressive painting with visible brushwork",
    "illustration": "a clean, flat illustration",
    "3d-render": "a detailed 3D render",
}
_MORE_PIXELS = {"standard": 0, "high": 1, "ultra": 2}
_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
_FIRST_SIZE = 1024
_MOST_PIXELS = 40_000_000
_LARGEST_SOURCE = (2048, 2048)  # a request may be 20 MB, its pictures included
_FORMATS = ("PNG", "JPEG", "WEBP")


class GeminiGenerator:
    """Asks once for each image, and once only: whoever calls knows how long waiting for another try makes sense."""

    version = genai.__version__

    def __init__(self, settings: GeminiSettings) -> None:
        self.model_name = settings.model
        self._largest = settings.largest
        options = types.HttpOptions(base_url=settings.base_url, timeout=round(settings.timeout * 1000))  # milliseconds
        self._client = genai.Client(api_key=settings.api_key, vertexai=False, http_options=options)

    def generate(self, order: Order, index: int, source: Image.Image | None) -> Picture:  # noqa: ARG002 - each is another draw
        try:
            answer = self._client.models.generate_content(
                model=self.model_name, contents=_contents(order, source), config=_config(order, self._largest)
            )
        except errors.APIError as exc:
            raise refusal_of(exc, order.job_id) from exc
        except httpx2.TimeoutException as exc:
            raise TryAgain("timeout", type(exc).__name__) from exc
        except httpx2.HTTPError as exc:
            raise TryAgain("backend_unavailable", type(exc).__name__) from exc
        except ValueError as exc:  # no JSON, or none of the API's
            raise TryAgain("internal", type(exc).__name__) from exc
        return _picture(order, answer)


def _contents(order: Order, source: Image.Image | None) -> list[types.PartUnionDict]:
    parts: list[types.PartUnionDict] = [types.Part.from_text(text=f"{order.prompt}\n\nStyle: {_STYLES[order.style]}.")]
    if source is not None:
        small = source.copy()
        small.thumbnail(_LARGEST_SOURCE)
        parts.append(types.Part.from_bytes(data=encode(small, "JPEG", "high"), mime_type="image/jpeg"))
    return parts


def _config(order: Order, largest: str) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=types.ImageConfig(aspect_ratio=_nearest_ratio(order), image_size=_image_size(order, largest)),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def _nearest_ratio(order: Order) -> str:
    def distance(ratio: str) -> float:
        wide, high = map(int, ratio.split(":"))
        return abs(wide / high - order.width / order.height)

    return min(_RATIOS, key=distance)


def _image_size(order: Order, largest: str) -> str | None:
    """The least that fills the order, and more for more quality. The first is every model's default, and some know no other."""
    enough = 0 if max(order.width, order.height) <= _FIRST_SIZE else 1
    step = min(enough + _MORE_PIXELS[order.quality], GEMINI_SIZES.index(largest))
    return GEMINI_SIZES[step] if step else None


def _picture(order: Order, answer: types.GenerateContentResponse) -> Picture:
    content = next((part.inline_data.data for part in _parts(answer) if part.inline_data and not part.thought), None)
    if not content:
        raise no_image(answer, order.job_id)
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as drawn:
            if drawn.width * drawn.height > _MOST_PIXELS:
                raise TryAgain("internal", f"{drawn.width}x{drawn.height} pixels")
            image = ImageOps.fit(drawn.convert("RGB"), (order.width, order.height))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise TryAgain("internal", type(exc).__name__) from exc
    usage = answer.usage_metadata
    tokens = usage.prompt_token_count if usage else None
    return Picture(encode(image, order.format, order.quality), image.width, image.height, tokens)


def _parts(answer: types.GenerateContentResponse) -> Sequence[types.Part]:
    return [part for one in answer.candidates or () if one.content for part in one.content.parts or ()]
