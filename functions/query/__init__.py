"""Answers reads: status, result, gallery, notifications, health, openapi.json and its page."""
