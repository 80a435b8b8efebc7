"""The rules, pure: dates, stages, planning, ladders. No I/O, no clock, no database, no Prefect."""
