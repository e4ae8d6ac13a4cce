"""One whole job as the functions write it, step by step: what each step asks of DynamoDB and what it consumes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sorami.connections import Connections
from sorami.feed import Feed, Notification, NotificationType, notification_key
from sorami.jobs import Completed, Image, Job, Metadata, Order, Progressed, S3Ref, State, new_job_id
from sorami.lists import JobLists
from sorami.store import JobStore
from tests.support.metering import Meter
from tests.support.samples import minutes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROMPT_LENGTH = 200
_IMAGES = 2
_BUCKET = "sorami-images-imagesbucket-1a2b3c4d5e6f"
type Step = tuple[str, Meter]


def one_job(client: "DynamoDBClient", jobs_table: str, notifications_table: str) -> Iterator[Step]:
    """A prompt of 200 characters, three progress events, two images, one notification; then what its user reads."""
    store, feed = JobStore(client, jobs_table), Feed(client, notifications_table)
    job = measured_job()

    def step(name: str, *deeds: Callable[[], object]) -> Step:
        with Meter().watching(client.meta.events) as meter:
            for deed in deeds:
                deed()
        return name, meter

    def apply(minute: float, event: Progressed | Completed) -> Callable[[], object]:
        return lambda: store.apply(job.job_id, event, minutes(minute))

    yield step("create", lambda: store.count_open(job.user_id, at_most=20), lambda: store.create(job))
    *progress, result = measured_events(job.job_id)
    for number, event in enumerate(progress, start=1):
        yield step(f"progress {number}", apply(number, event))
    yield step("status", lambda: store.get_own(job.job_id, job.user_id))
    yield step("complete", apply(4, result))
    connections = Connections(client, notifications_table)
    yield step("notification", lambda: feed.add(_notification(job)), lambda: connections.of_user(job.user_id))
    yield step("result", lambda: store.get_own(job.job_id, job.user_id))
    yield step("gallery page", lambda: JobLists(client, jobs_table).completed_by(job.user_id, limit=12))
    yield step("feed page", lambda: feed.page(job.user_id, limit=50), lambda: feed.unread_count(job.user_id))


_PROGRESS = (
    (State.INITIALIZING, 10, "Initialisation du modèle"),
    (State.GENERATING, 55, "Génération de l'image 2 sur 2"),
    (State.SAVING, 90, "Enregistrement des images"),
)


def measured_events(job_id: str) -> list[Progressed | Completed]:
    """All that is reported of the job, its result last."""
    progress = [Progressed(state=state, progress=progress, message=message) for state, progress, message in _PROGRESS]
    return [*progress, _result(job_id)]


def measured_job() -> Job:
    order = Order(
        prompt=("un chat astronaute dans une forêt de nuages, " * 5)[:PROMPT_LENGTH],
        num_images=_IMAGES,
        size="1024x1024",
        format="PNG",
        style="photorealistic",
        quality="standard",
        input_image_url=None,
    )
    return Job(
        job_id=new_job_id(),
        user_id=f"user_{uuid4().hex[:27]}",
        org_id=None,
        order=order,
        state=State.PENDING,
        progress=0,
        message="Génération d'images démarrée",
        created_at=minutes(0),
        updated_at=minutes(0),
        due_at=minutes(1),
    )


def _result(job_id: str) -> Completed:
    images = tuple(
        Image(
            location=S3Ref(bucket=_BUCKET, key=f"images/{job_id}/image_{number}.png"),
            file_path=f"images/{job_id}/image_{number}.png",
            format="PNG",
            width=1024,
            height=1024,
            size_bytes=524_288,
            description=f"Image {number}",
        )
        for number in range(1, _IMAGES + 1)
    )
    metadata = Metadata(
        model_name="sorami-1",
        version="1.0",
        generation_time_seconds=12.5,
        input_tokens=50,
        output_size_bytes=1_048_576,
        timestamp=minutes(4),
    )
    message = f"{_IMAGES} image(s) générée(s) avec succès"
    return Completed(images=images, generated_at=minutes(4), message=message, metadata=metadata)


def _notification(job: Job) -> Notification:
    at, kind = minutes(4) + timedelta(milliseconds=1), NotificationType.IMAGE_COMPLETED
    return Notification(
        user_id=job.user_id,
        key=notification_key(finished_at=at, job_id=job.job_id, kind=kind),
        type=kind,
        title="🎨 Images générées avec succès",
        message=f"{_IMAGES} image(s) créée(s) à partir de votre prompt.",
        created_at=at,
        metadata={"generationId": job.job_id, "imagesCount": _IMAGES, "model": "sorami-1", "processingTime": 12.5},
    )
