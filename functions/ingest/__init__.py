"""Copies images from the backend's own host into the bucket, from the jobs table's stream."""
