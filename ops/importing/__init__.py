"""History of the former service into the tables: exported rows are read, mapped, written once, and what is left out is reported.

reading → columns → staging (users, images) → history, told (a row becomes a job, a notification) → writing → running
"""
