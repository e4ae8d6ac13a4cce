"""The route table: every route of the API, who may call it, what it takes and what it answers.

A test holds it equal to template.yaml's routes and to openapi.json. To add a route: one entry here, then `make openapi`.
"""

from http import HTTPStatus

from openapi import examples, headers
from openapi.model import Answer, Link, Proof, Route
from sorami import errors
from sorami.wire import answers, requests
from sorami.wire.webhook import WebhookEvent

_OF_JOB = {"id": "$response.body#/job_id"}

GENERATE = Route(
    key="POST /api/images/generate",
    function="GenerateFunction",
    operation_id="generateImages",
    tag="Images",
    summary="Start a job",
    text="Stores a job and hands it to the generation backend. 202 means that the job is stored and will end, as COMPLETED or "
    "FAILED; a backend that is down or slow only delays it. Follow it by its status.",
    proof=Proof.USER_TOKEN,
    headers=[headers.IDEMPOTENCY_KEY],
    body=requests.GenerateRequest,
    body_examples=examples.GENERATE,
    answers=[
        Answer(
            status=HTTPStatus.ACCEPTED,
            text="The job is stored.",
            shape=answers.Accepted,
            examples={"accepted": examples.ACCEPTED},
            headers=[headers.LOCATION, headers.REPLAYED, *headers.RATE_LIMITS],
            links=[
                Link(name="status", operation_id="getImageStatus", parameters=_OF_JOB),
                Link(name="result", operation_id="getImageResult", parameters=_OF_JOB),
                Link(name="cancel", operation_id="cancelImages", parameters=_OF_JOB),
                Link(name="delete", operation_id="deleteImages", parameters=_OF_JOB),
            ],
        )
    ],
    errors=[
        errors.InvalidIdempotencyKey,
        errors.IdempotencyKeyReused,
        errors.JobDeleted,
        errors.TooManyOpenJobs,
        errors.BackendRejected,
    ],
)

STATUS = Route(
    key="GET /api/images/{id}/status",
    function="QueryFunction",
    operation_id="getImageStatus",
    tag="Images",
    summary="Follow a job",
    text="Where the job stands. Ask every two seconds until `status` is COMPLETED, FAILED or CANCELLED.",
    proof=Proof.USER_TOKEN,
    headers=[headers.IF_NONE_MATCH],
    answers=[
        Answer(
            status=HTTPStatus.OK,
            text="Where the job stands.",
            shape=answers.Status,
            examples=examples.STATUSES,
            headers=[headers.ETAG, headers.LOOK_AGAIN],
        ),
        Answer(status=HTTPStatus.NOT_MODIFIED, text="Nothing has changed.", headers=[headers.ETAG, headers.LOOK_AGAIN]),
    ],
    errors=[errors.JobNotFound],
)

RESULT = Route(
    key="GET /api/images/{id}/result",
    function="QueryFunction",
    operation_id="getImageResult",
    tag="Images",
    summary="Get the result",
    text="The images of a COMPLETED job, by URLs that are made for this answer and hold for an hour.",
    proof=Proof.USER_TOKEN,
    answers=[
        Answer(status=HTTPStatus.OK, text="The images.", shape=answers.Result, examples={"one image": examples.RESULT}),
    ],
    errors=[errors.JobNotFound, errors.JobNotFinished, errors.ResultExpired],
)

GALLERY = Route(
    key="GET /api/images/user",
    function="QueryFunction",
    operation_id="listImages",
    tag="Images",
    summary="List one's jobs",
    text="The caller's own jobs, newest first. Go on with `cursor` until `next_cursor` is null.",
    proof=Proof.USER_TOKEN,
    query=requests.GalleryQuery,
    answers=[
        Answer(
            status=HTTPStatus.OK,
            text="A page.",
            shape=answers.Gallery,
            examples={"one job": examples.GALLERY},
            links=[Link(name="next page", operation_id="listImages", parameters={"cursor": "$response.body#/next_cursor"})],
        )
    ],
    errors=[errors.InvalidCursor],
)

UPLOAD = Route(
    key="POST /api/images/uploads",
    function="GenerateFunction",
    operation_id="uploadImage",
    tag="Images",
    summary="Upload an image to start from",
    text="A form to upload one image with: POST its `fields`, and the file as the last field, `file`, to `url` as "
    "multipart/form-data. Then name it by `input_image_url` when you start a job. Size and type are held to what was said here.",
    proof=Proof.USER_TOKEN,
    body=requests.UploadRequest,
    body_examples=examples.UPLOAD,
    answers=[
        Answer(
            status=HTTPStatus.CREATED,
            text="The form.",
            shape=answers.UploadTicket,
            examples={"form": examples.UPLOAD_TICKET},
        )
    ],
)

CANCEL = Route(
    key="POST /api/images/{id}/cancel",
    function="DiscardFunction",
    operation_id="cancelImages",
    tag="Images",
    summary="Cancel a job",
    text="An open job becomes CANCELLED, and nothing that is reported later revives it. Cancelling again gives the same answer.",
    proof=Proof.USER_TOKEN,
    answers=[
        Answer(status=HTTPStatus.OK, text="It is cancelled.", shape=answers.Status, examples={"cancelled": examples.CANCELLED})
    ],
    errors=[errors.JobNotFound, errors.JobAlreadyFinished],
)

DELETE = Route(
    key="DELETE /api/images/{id}",
    function="DiscardFunction",
    operation_id="deleteImages",
    tag="Images",
    summary="Delete a job",
    text="A finished job goes with its files; its notifications stay. After a 503 send it again: what is left is removed then.",
    proof=Proof.USER_TOKEN,
    answers=[Answer(status=HTTPStatus.NO_CONTENT, text="It is gone.")],
    errors=[errors.JobNotFound, errors.JobStillOpen, errors.FilesUnavailable],
)

FEED = Route(
    key="GET /api/notifications",
    function="QueryFunction",
    operation_id="listNotifications",
    tag="Notifications",
    summary="List notifications",
    text="What the caller was told of, newest first.",
    proof=Proof.USER_TOKEN,
    query=requests.FeedQuery,
    answers=[
        Answer(status=HTTPStatus.OK, text="A page.", shape=answers.NotificationList, examples={"one": examples.FEED}),
    ],
    errors=[errors.InvalidCursor],
)

MARK = Route(
    key="PUT /api/notifications",
    function="QueryFunction",
    operation_id="markNotification",
    tag="Notifications",
    summary="Mark a notification",
    text="Marks one as read or as unread. Marking it twice changes nothing.",
    proof=Proof.USER_TOKEN,
    body=requests.MarkRequest,
    body_examples=examples.MARK,
    answers=[Answer(status=HTTPStatus.OK, text="Marked.", shape=answers.Done, examples={"read": examples.MARKED})],
    errors=[errors.NotificationNotFound],
)

READ_ALL = Route(
    key="POST /api/notifications/read-all",
    function="QueryFunction",
    operation_id="markAllNotifications",
    tag="Notifications",
    summary="Mark all up to a time",
    text="Marks as read what was created up to and including `before`, so that nothing is marked that the user has not seen yet.",
    proof=Proof.USER_TOKEN,
    body=requests.ReadAllRequest,
    body_examples=examples.READ_ALL,
    answers=[Answer(status=HTTPStatus.OK, text="Marked.", shape=answers.AllRead, examples={"three": examples.ALL_READ})],
)

TICKET = Route(
    key="POST /api/notifications/ticket",
    function="LiveFunction",
    operation_id="openLiveUpdates",
    tag="Notifications",
    summary="A ticket for live updates",
    text="Gives the URL of a WebSocket that tells of every change of the caller's jobs and of every notification. It opens one "
    "connection, within a minute; no token stands in it. docs/live.md has what is said over it.",
    proof=Proof.USER_TOKEN,
    answers=[
        Answer(status=HTTPStatus.CREATED, text="The ticket.", shape=answers.TicketAnswer, examples={"ticket": examples.TICKET})
    ],
)

WEBHOOK = Route(
    key="POST /api/webhooks/image-completion",
    function="WebhookFunction",
    operation_id="reportImages",
    tag="Generation backends",
    summary="Report on a job",
    text="What the generation backend reports. An event that comes late, twice or out of order changes nothing and is answered "
    "200 with `applied: false`. Send an outcome again until it is answered 2xx; 400, 404 and 413 are final.",
    proof=Proof.WEBHOOK,
    headers=[headers.WEBHOOK_ID, headers.WEBHOOK_TIMESTAMP],
    body=WebhookEvent,
    body_examples=examples.EVENTS,
    answers=[
        Answer(
            status=HTTPStatus.OK,
            text="Taken. `applied` says whether it changed the job; if not, `status` is what stands.",
            shape=answers.WebhookApplied | answers.WebhookIgnored,
            examples=examples.EVENT_ANSWERS,
        )
    ],
    errors=[errors.JobNotFound],
)

HEALTH = Route(
    key="GET /health",
    function="QueryFunction",
    operation_id="getHealth",
    tag="Service",
    summary="Health",
    text="That the API answers. It asks nothing of any other service.",
    proof=Proof.NONE,
    answers=[Answer(status=HTTPStatus.OK, text="It does.", shape=answers.Health, examples={"ok": examples.HEALTH})],
)

OPENAPI = Route(
    key="GET /openapi.json",
    function="QueryFunction",
    operation_id="getOpenApi",
    tag="Service",
    summary="This document",
    text="The API's description, as OpenAPI 3.1.",
    proof=Proof.NONE,
    headers=[headers.IF_NONE_MATCH],
    answers=[
        Answer(status=HTTPStatus.OK, text="The document.", shape=dict, headers=[headers.ETAG]),
        Answer(status=HTTPStatus.NOT_MODIFIED, text="You have it already.", headers=[headers.ETAG]),
    ],
)

DOCS = Route(
    key="GET /docs",
    function="QueryFunction",
    operation_id="getDocs",
    tag="Service",
    summary="The document as a page",
    text="openapi.json in a viewer that can also try the calls. The page loads nothing from anywhere else.",
    proof=Proof.NONE,
    headers=[headers.IF_NONE_MATCH],
    answers=[
        Answer(status=HTTPStatus.OK, text="The page.", shape=str, media_type="text/html", headers=[headers.ETAG]),
        Answer(status=HTTPStatus.NOT_MODIFIED, text="You have it already.", headers=[headers.ETAG]),
    ],
)

ROUTES = (GENERATE, STATUS, RESULT, GALLERY, CANCEL, DELETE, UPLOAD, FEED, MARK, READ_ALL, TICKET, WEBHOOK, HEALTH, OPENAPI, DOCS)
