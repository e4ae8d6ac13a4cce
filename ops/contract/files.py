"""The files: where they were put, how, and whether the report tells the truth about them."""

import io

from PIL import Image as Picture

from ops.contract.evidence import Evidence, Manner, Played, Stored
from ops.contract.findings import Finding, hint, right, unseen, wrong
from ops.contract.reading import result_of
from sorami.jobs import BackendFile, Completed, Image

UPLOADS = "puts the files where it was told"
TRUTH = "tells the truth about the files"
COUNT = "makes as many images as asked"


def uses_uploads(evidence: Evidence) -> Finding:
    results = _results(evidence)
    stored = [stored for played, _ in results for stored in played.files]
    advice = "PUT each file to its entry in `uploads`, with exactly the headers there and no other authorization."
    if troubled := next((one for played in evidence.played.values() for one in played.files if one.trouble), None):
        return wrong(UPLOADS, f"storage refuses {troubled.key}: {troubled.trouble}", advice)
    if not results:
        return unseen(UPLOADS, "no job was completed")
    if not stored:
        own = any(isinstance(image.location, BackendFile) for _, result in results for image in result.images)
        where = "the files are on the backend's own host" if own else "nothing was stored"
        return wrong(UPLOADS, f"`uploads` were not used: {where}", advice)
    return right(UPLOADS, f"{len(stored)} files")


def tells_the_truth(evidence: Evidence) -> Finding:
    results = _results(evidence)
    advice = "Report file_path, format, dimensions and size_bytes of the very file that you stored, after storing it."
    judged = 0
    for played, result in results:
        files = {stored.key: stored for stored in played.files if stored.trouble is None}
        for image in result.images:
            if isinstance(image.location, BackendFile):
                continue
            if trouble := _untruth(files.get(image.location.key), image):
                return wrong(TRUTH, trouble, advice)
            judged += 1
    return right(TRUTH, f"{judged} images") if judged else unseen(TRUTH, "no stored file was reported")


def _untruth(stored: Stored | None, image: Image) -> str | None:
    if stored is None:
        return f"{image.file_path} was reported and never stored"
    if image.size_bytes is not None and image.size_bytes != len(stored.content):
        return f"{image.file_path}: size_bytes {image.size_bytes}, the file has {len(stored.content)}"
    try:
        with Picture.open(io.BytesIO(stored.content)) as picture:
            found = (picture.format or "", picture.width, picture.height)
            picture.load()
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError):
        return f"{image.file_path}: the file is no image that can be read"
    if found != (image.format, image.width, image.height):
        told = f"{image.format} {image.width}x{image.height}"
        return f"{image.file_path}: reported as {told}, the file is {found[0]} {found[1]}x{found[2]}"
    return None


def makes_as_many(evidence: Evidence) -> Finding:
    results = _results(evidence)
    if not results:
        return unseen(COUNT, "no job was completed")
    counts = [(played.job.order.num_images, len(result.images)) for played, result in results]
    if other := next((pair for pair in counts if pair[0] != pair[1]), None):
        return hint(COUNT, f"{other[1]} of {other[0]}", "What is reported is what is stored; users asked for another number.")
    return right(COUNT, ", ".join(str(made) for _, made in sorted(set(counts))))


def _results(evidence: Evidence) -> list[tuple[Played, Completed]]:
    judged = {manner: played for manner, played in evidence.played.items() if manner is not Manner.CANCELS}
    found = [(played, result_of(evidence, played)) for played in judged.values()]
    return [(played, result) for played, result in found if result is not None]
