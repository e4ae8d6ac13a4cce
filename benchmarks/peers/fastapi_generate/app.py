"""`POST /api/images/generate` in the least code that does the same: no retries, no idempotency, no limit of open jobs."""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

import boto3
import requests
from fastapi import FastAPI, Request
from mangum import Mangum
from pydantic import BaseModel, Field

dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
secrets = boto3.client("secretsmanager")
http = requests.Session()
app = FastAPI()


class Order(BaseModel):
    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    input_image_url: str | None = None
    num_images: Annotated[int, Field(ge=1, le=4)] = 1
    size: Literal["512x512", "1024x1024", "1792x1024"] = "1024x1024"
    format: Literal["PNG", "JPEG", "WEBP"] = "PNG"
    style: Literal["photorealistic", "artistic", "illustration", "3d-render"] = "photorealistic"
    quality: Literal["standard", "high", "ultra"] = "standard"


class Accepted(BaseModel):
    job_id: str
    status: str
    created_at: datetime


@app.post("/api/images/generate", status_code=202)
def generate(order: Order, request: Request) -> Accepted:
    user = request.scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    job_id, at = str(uuid.uuid4()), datetime.now(UTC)
    item = {"job_id": job_id, "user_id": user, "status": "PENDING", "created_at": at.isoformat(), "prompt": order.prompt}
    dynamodb.put_item(TableName=os.environ["JOBS_TABLE"], Item={name: {"S": value} for name, value in item.items()})
    uploads = [
        s3.generate_presigned_url(
            "put_object", Params={"Bucket": os.environ["IMAGES_BUCKET"], "Key": f"images/{job_id}/{number}"}
        )
        for number in range(order.num_images)
    ]
    key = json.loads(secrets.get_secret_value(SecretId=os.environ["SECRET_ID"])["SecretString"])["backend_api_key"]
    http.post(
        f"{os.environ['BACKEND_URL']}/api/images/generate",
        json={**order.model_dump(), "job_id": job_id, "uploads": uploads},
        headers={"Authorization": f"Bearer {key}"},
        timeout=5,
    )
    return Accepted(job_id=job_id, status="PENDING", created_at=at)


handler = Mangum(app, lifespan="off")
