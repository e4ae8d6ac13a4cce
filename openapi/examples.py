"""What goes over the wire, by example: one job, one result, and what people and backends say of them."""

from typing import Any

JOB_ID = "01a20519-ab9e-7339-80c0-462877331fa4"
NOTIFICATION_ID = "MjAyNi0xMS0yMlQyMToxMTo0MS4xNTlaIzAxYTIwNTE5LWFiOWUtNzMzOS04MGMwLTQ2Mjg3NzMzMWZhNCNJTUFHRV9DT01QTEVURUQ"
_CREATED, _MOVED, _FINISHED = "2026-11-22T21:11:38.142Z", "2026-11-22T21:11:39.661Z", "2026-11-22T21:11:41.159Z"
_KEY = f"images/{JOB_ID}/image_1.webp"
_URL = f"https://my-images.s3.eu-west-3.amazonaws.com/{_KEY}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=…"
_MODEL: dict[str, Any] = {
    "model_name": "sorami-demo",
    "version": "1.0",
    "generation_time_seconds": 3,
    "input_tokens": 3,
    "output_size_bytes": 25358,
    "timestamp": _FINISHED,
}

GENERATE = {
    "short": {"prompt": "un chat astronaute"},
    "everything": {
        "prompt": "un chat astronaute",
        "input_image_url": "https://images.example.com/cat.jpg",
        "num_images": 2,
        "size": "512x512",
        "format": "WEBP",
        "style": "illustration",
        "quality": "high",
    },
    "a form's text": {"prompt": "un chat astronaute", "num_images": "2", "input_image_url": ""},
}
ACCEPTED = {"job_id": JOB_ID, "status": "PENDING", "message": "Génération d'images démarrée", "created_at": _CREATED}

_STATUS = {"job_id": JOB_ID, "created_at": _CREATED, "updated_at": _MOVED}
STATUSES = {
    "at work": {**_STATUS, "status": "GENERATING", "progress": 55, "message": "Génération de l'image 2 sur 2"},
    "completed": {**_STATUS, "status": "COMPLETED", "progress": 100, "message": "1 image(s) générée(s) avec succès"},
    "failed": {
        **_STATUS,
        "status": "FAILED",
        "progress": 60,
        "message": "Cette demande a été refusée par la modération. Reformulez votre prompt.",
        "error": "Cette demande a été refusée par la modération. Reformulez votre prompt.",
        "error_code": "content_moderated",
    },
}
RESULT = {
    "job_id": JOB_ID,
    "status": "COMPLETED",
    "message": "1 image(s) générée(s) avec succès",
    "images": [
        {
            "url": _URL,
            "expires_at": "2026-11-22T22:11:43.899Z",
            "file_path": _KEY,
            "format": "WEBP",
            "dimensions": "512x512",
            "size_bytes": 25358,
            "description": "Image 1 : « un chat astronaute »",
        }
    ],
    "metadata": _MODEL,
    "generated_at": _FINISHED,
}
GALLERY = {
    "generations": [
        {
            "id": JOB_ID,
            "prompt": "un chat astronaute",
            "status": "COMPLETED",
            "numImages": 1,
            "createdAt": _CREATED,
            "completedAt": _FINISHED,
            "model": "sorami-demo",
            "processingTime": 3,
            "images": [
                {
                    "id": f"{JOB_ID}-1",
                    "filename": "image_1.webp",
                    "fileUrl": _URL,
                    "fileSize": 25358,
                    "format": "WEBP",
                    "width": 512,
                    "height": 512,
                    "aspectRatio": "512x512",
                    "createdAt": _FINISHED,
                }
            ],
        }
    ],
    "page": 1,
    "limit": 12,
    "next_cursor": None,
}
FEED = {
    "notifications": [
        {
            "id": NOTIFICATION_ID,
            "type": "IMAGE_COMPLETED",
            "title": "🎨 Images générées avec succès",
            "message": "1 image(s) créée(s) à partir de votre prompt.",
            "isRead": False,
            "readAt": None,
            "createdAt": _FINISHED,
            "metadata": {"generationId": JOB_ID, "imagesCount": 1, "model": "sorami-demo", "processingTime": 3},
        }
    ],
    "unreadCount": 1,
    "next_cursor": None,
}
UPLOAD = {"a photo": {"content_type": "image/png", "size_bytes": 12345}}
UPLOAD_TICKET = {
    "url": "https://my-images.s3.eu-west-3.amazonaws.com/",
    "fields": {"Content-Type": "image/png", "key": "uploads/3f1c…/01a2….png", "policy": "eyJ…", "x-amz-signature": "…"},
    "input_image_url": "upload://3f1c0c5d7b3e4f6a8b9c0d1e2f3a4b5c/0a1b2c3d4e5f60718293a4b5c6d7e8f9.png",
    "expires_at": "2026-11-22T22:11:38.142Z",
}
CANCELLED = {**_STATUS, "status": "CANCELLED", "progress": 25, "message": "Génération annulée"}
READ_ALL = {"up to the newest one seen": {"before": _FINISHED}}
ALL_READ = {"success": True, "message": "Notifications marquées comme lues", "marked": 3, "unreadCount": 0}
TICKET = {
    "url": "wss://a1b2c3.execute-api.eu-west-3.amazonaws.com/live?ticket=Zl0pQ2Vx",
    "expires_at": "2026-11-22T21:12:38.142Z",
}
MARK = {"read": {"notificationId": NOTIFICATION_ID, "isRead": True}}
MARKED = {"success": True, "message": "Notification marquée comme lue"}
HEALTH = {"status": "ok", "service": "sorami-images", "version": "0.1.0", "time": _CREATED}

EVENTS = {
    "progress": {"job_id": JOB_ID, "status": "generating", "timestamp": _MOVED, "progress": 60, "message": "Image 1 sur 2"},
    "completed": {
        "job_id": JOB_ID,
        "status": "completed",
        "timestamp": _FINISHED,
        "environment": "production",
        "data": {
            "job_id": JOB_ID,
            "status": "COMPLETED",
            "generated_at": _FINISHED,
            "images": [
                {
                    "file_path": _KEY,
                    "url": f"https://my-images.s3.eu-west-3.amazonaws.com/{_KEY}",
                    "description": "Un chat en combinaison",
                    "format": "WEBP",
                    "size_bytes": 25358,
                    "dimensions": "512x512",
                }
            ],
            "metadata": _MODEL,
        },
    },
    "failed": {
        "job_id": JOB_ID,
        "status": "failed",
        "timestamp": _FINISHED,
        "error_message": "Prompt refusé",
        "error_code": "content_moderated",
    },
}
EVENT_ANSWERS = {
    "applied": {
        "success": True,
        "applied": True,
        "message": "1 image(s) générée(s) avec succès",
        "job_id": JOB_ID,
        "images_count": 1,
        "processing_time_ms": 14,
    },
    "ignored": {"success": True, "applied": False, "message": "Job déjà traité", "job_id": JOB_ID, "status": "COMPLETED"},
}
ORDER = {
    "prompt": "un chat astronaute",
    "num_images": 1,
    "size": "512x512",
    "format": "WEBP",
    "style": "photorealistic",
    "quality": "standard",
    "job_id": JOB_ID,
    "user_id": "user_1",
    "webhook_url": "https://abc123.execute-api.eu-west-3.amazonaws.com/api/webhooks/image-completion",
    "uploads": [
        {
            "key": _KEY,
            "url": _URL,
            "method": "PUT",
            "headers": {"Content-Type": "image/webp"},
            "expires_at": "2026-11-22T22:11:38.142Z",
        }
    ],
}
