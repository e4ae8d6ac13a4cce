"""What the types cannot say: words for readers, and the variants that validators take beyond a field's type.

A key that names no schema or no field is an error, so nothing here outlives what it describes.
"""

from collections.abc import Mapping
from typing import Any

from sorami.feed import NotificationType
from sorami.jobs import ErrorCode, State
from sorami.wire.urls import MAX_URL_LENGTH

_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # all but newline and tab
_SPACE = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # what trimming takes away
PROMPT_PATTERN = rf"^[{_SPACE}]*[^{_CONTROL}{_SPACE}]([^{_CONTROL}]{{0,3998}}[^{_CONTROL}{_SPACE}])?[{_SPACE}]*$"
_REPORTED_STATES = [state for state in State if state is not State.CANCELLED]
_RESULT_IN_ANY_CASE = [State.COMPLETED.lower(), State.COMPLETED]

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "Cursor": {"description": "Where the next page begins. Opaque, signed, and good for this user and this list only."},
    "GatewayMessage": {"description": "What the gateway answers by itself: it has no `code`."},
    "InvalidRequestProblem": {"description": "A problem whose `errors` name every fault of the request at once."},
    "JobErrorCode": {"enum": list(ErrorCode), "description": "Why a job failed."},
    "JobId": {"description": "Opaque."},
    "JobStateProblem": {
        "description": "A problem with a job that is in the wrong state for this. Here `status` is that state instead of the "
        "HTTP status: frontends read it so."
    },
    "NotificationKind": {"enum": list(NotificationType), "description": "What the notification is about."},
    "Problem": {
        "description": "A problem document (RFC 9457). Branch on `code`, show `message`; `error` repeats `title` and `message` "
        "repeats `detail`."
    },
    "State": {
        "description": "PENDING, INITIALIZING, GENERATING and SAVING are open; COMPLETED, FAILED and CANCELLED are ends. "
        "A job may skip states and never goes back."
    },
    "Time": {"format": "date-time", "description": "ISO 8601 in UTC, with milliseconds and `Z`."},
    "Url": {"format": "uri"},
    "WebhookEvent": {
        "description": "What a generation backend reports: progress, a result, or a failure. Unknown fields are ignored.",
        "if": {"properties": {"status": {"enum": _RESULT_IN_ANY_CASE}}},
        "then": {
            "required": ["job_id", "status", "data"],
            "properties": {"data": {"$ref": "#/components/schemas/ReportedResult"}},
        },
    },
}

_PROBLEMS = ("Problem", "InvalidRequestProblem", "JobStateProblem", "BackendRejectedProblem")
_PROBLEM_FIELDS: Mapping[str, str | dict[str, Any]] = {
    "type": {"format": "uri", "description": "`urn:sorami:problem:` and the code."},
    "title": "The English name of the HTTP status.",
    "detail": "For people, in the stack's language.",
    "code": "Stable: branch on it.",
    "request_id": "Names this request in the service's logs.",
}

FIELDS: Mapping[tuple[str, str], str | dict[str, Any]] = {
    ("GenerateRequest", "prompt"): {
        "type": "string",  # and no maxLength: that would count what is trimmed away
        "description": "What to draw: 1 to 4000 characters once trimmed, no control characters but newline and tab.",
        "pattern": PROMPT_PATTERN,
    },
    ("GenerateRequest", "input_image_url"): {
        "anyOf": [{"type": "string", "format": "uri", "maxLength": MAX_URL_LENGTH}, {"const": ""}, {"type": "null"}],
        "description": "An image to start from: http(s), ASCII, a public name or address, no credentials; or the "
        "`input_image_url` of an upload of one's own. Empty counts as none.",
    },
    ("GenerateRequest", "num_images"): {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 4}, {"type": "string", "pattern": "^[1-4]$"}],
        "description": "How many images. A digit as text is taken as well, since forms send that.",
    },
    ("GenerateRequest", "size"): "Width and height in pixels.",
    ("GenerateRequest", "format"): "File format of the images.",
    ("GenerateRequest", "style"): "How the images should look.",
    ("GenerateRequest", "quality"): "More quality takes the backend more time.",
    ("UploadRequest", "content_type"): "What is going to be uploaded.",
    ("UploadRequest", "size_bytes"): "No more than this may be uploaded.",
    ("ReadAllRequest", "before"): "The `createdAt` of the newest one that the user has seen. Without a zone it counts as UTC.",
    ("UploadTicket", "url"): "POST the form here, as multipart/form-data.",
    ("UploadTicket", "fields"): "Send all of these first, then the file as `file`.",
    ("UploadTicket", "input_image_url"): "What to name the file by when a job is started.",
    ("AllRead", "marked"): "How many this request marked.",
    ("AllRead", "unreadCount"): "What is left.",
    ("TicketAnswer", "url"): "Open it as it is, once.",
    ("MarkRequest", "notificationId"): "The notification's `id`.",
    ("MarkRequest", "isRead"): "`false` makes it unread again.",
    ("GalleryQuery", "limit"): "Entries on a page.",
    ("GalleryQuery", "page"): "Number of the page. Whoever goes beyond page 100 uses `cursor`.",
    ("GalleryQuery", "cursor"): {
        "type": "string",
        "maxLength": 2048,
        "description": "`next_cursor` of the page before, with the same `status`; `page` is then not looked at.",
    },
    ("GalleryQuery", "status"): "One state, or `ALL`. `COMPLETED` is ordered by completion, everything else by creation.",
    ("FeedQuery", "limit"): "Entries on a page.",
    ("FeedQuery", "cursor"): {"type": "string", "maxLength": 2048, "description": "`next_cursor` of the page before."},
    ("Accepted", "message"): "For people, in the stack's language.",
    ("Status", "progress"): {"minimum": 0, "maximum": 100, "description": "Percent. It never falls."},
    ("Status", "message"): "For people. Of a FAILED job it is the same text as `error`.",
    ("Status", "error"): "For people. FAILED jobs have it.",
    ("Status", "error_code"): "For programs. FAILED jobs have it.",
    ("ResultImage", "url"): "Made for this answer and good until `expires_at`: ask again rather than keep it.",
    ("ResultImage", "file_path"): "Where the file lies, or what the backend called it.",
    ("ResultImage", "dimensions"): {"examples": ["512x512"], "description": "Width and height in pixels."},
    ("Generation", "images"): "Empty once the files have expired.",
    ("Generation", "processingTime"): "Seconds, as the backend says.",
    (
        "Gallery",
        "next_cursor",
    ): "`null` on the last page. A page may have fewer entries than `limit`, even none, and yet a cursor.",
    ("NotificationAnswer", "id"): "Opaque. The same notification has the same id wherever it arrives.",
    ("NotificationAnswer", "metadata"): {
        "properties": {
            "generationId": {"$ref": "#/components/schemas/JobId"},
            "imagesCount": {"type": "integer"},
            "model": {"type": "string"},
            "processingTime": {"type": "number"},
            "error": {"type": "string"},
            "errorCode": {"type": "string"},
        },
        "required": ["generationId"],
        "description": "IMAGE_COMPLETED: `imagesCount`, and `model` and `processingTime` if known. "
        "IMAGE_FAILED: `error` and `errorCode`.",
    },
    ("NotificationList", "unreadCount"): "Of all pages, and exact.",
    **{(problem, field): words for problem in _PROBLEMS for field, words in _PROBLEM_FIELDS.items()},
    ("Fault", "pointer"): {
        "examples": ["#/num_images"],
        "description": "A JSON pointer as a fragment (RFC 6901): `#` is the body itself.",
    },
    ("BackendOrder", "job_id"): "Use it everywhere, and work once for each.",
    ("BackendOrder", "webhook_url"): "Where to report.",
    ("BackendOrder", "uploads"): "A place for each image.",
    ("UploadSlot", "key"): "Put it into the report as the image's `file_path`.",
    ("UploadSlot", "url"): "PUT the file there; no AWS account is needed.",
    ("UploadSlot", "headers"): "Send exactly these.",
    ("WebhookEvent", "status"): {
        "enum": [*(state.lower() for state in _REPORTED_STATES), *_REPORTED_STATES],
        "description": "What became of the job; taken in any case.",
    },
    ("WebhookEvent", "progress"): {
        "anyOf": [{"type": "number", "minimum": 0, "exclusiveMaximum": 101}, {"type": "null"}],
        "description": "Percent; of a fraction the whole part counts. Missing, it counts as 10, 25, 60 or 90, by `status`.",
    },
    ("WebhookEvent", "message"): "For people. Over 2,000 characters it is cut.",
    ("WebhookEvent", "error_message"): "Of a failure, for people. It wins over `message`.",
    ("WebhookEvent", "error_code"): "Of a failure. What is not in this list counts as `internal`.",
    ("WebhookEvent", "data"): "The result. Completed events must have it, others' is ignored.",
    ("ReportedImage", "file_path"): "The `key` of an upload slot, or any name of the backend's own.",
    (
        "ReportedImage",
        "url",
    ): "Where the file is, if `file_path` is no key: an S3 URL of an allowed bucket, or one on the backend's own host.",
    ("ReportedImage", "format"): {
        "enum": ["PNG", "JPEG", "WEBP", "JPG", "png", "jpeg", "webp", "jpg"],
        "description": "Taken in any case; JPG is JPEG.",
    },
    ("ReportedImage", "dimensions"): {
        "anyOf": [{"type": "string", "pattern": r"^\d{1,5}\s*[xX×]\s*\d{1,5}$"}, {"$ref": "#/components/schemas/Dimensions"}],
        "description": "Width and height in pixels, 1 to 65,535 each.",
    },
    ("ReportedMetadata", "version"): {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
    ("ReportedMetadata", "generation_time_seconds"): "What the work took.",
}
