-- Notices on their way to the webhook; one is forgotten when it has arrived, or is given up.

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    told_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL
) STRICT;

CREATE INDEX deliveries_by_turn ON deliveries (next_at);
