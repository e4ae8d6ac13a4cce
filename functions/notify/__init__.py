"""Tells users how their jobs ended, from the jobs table's stream."""
