"""Answers reads: status, result, gallery, notifications, health."""
