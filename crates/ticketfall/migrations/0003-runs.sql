-- From a start to its end; a run without an end was cut off some time after `alive_at`.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
