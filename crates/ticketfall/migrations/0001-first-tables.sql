-- Times are whole microseconds since 1970 in UTC; money is minor units (pence, cents) with its currency's code.

CREATE TABLE profiles (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    browser TEXT NOT NULL,
    proxy BLOB,
    seats_max INTEGER,
    cost_max INTEGER,
    cost_currency TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((cost_max IS NULL) = (cost_currency IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    profile TEXT PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE monitors (
    profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    event_url TEXT NOT NULL,
    configuration TEXT NOT NULL,
    desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped')),
    waiting_since INTEGER NOT NULL,
    status TEXT,
    status_at INTEGER,
    PRIMARY KEY (profile, seller, event),
    CHECK ((status IS NULL) = (status_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    name TEXT,
    url TEXT NOT NULL,
    plan TEXT,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (seller, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE falls (
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    number INTEGER NOT NULL,
    area TEXT NOT NULL,
    area_name TEXT,
    market TEXT NOT NULL CHECK (market IN ('primary', 'exchange')),
    band TEXT,
    price INTEGER,
    currency TEXT,
    seats TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (seller, event, number),
    CHECK ((price IS NULL) = (currency IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX falls_by_time ON falls (first_seen);

CREATE TABLE holds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    seat_group TEXT NOT NULL,
    total INTEGER,
    currency TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    seats TEXT,
    asked_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    expires_at INTEGER,
    CHECK ((total IS NULL) = (currency IS NULL))
) STRICT;

CREATE INDEX holds_open ON holds (profile) WHERE state IN ('asked', 'granted', 'proven', 'unknown');
CREATE INDEX holds_by_time ON holds (asked_at);

CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY,
    hold INTEGER REFERENCES holds (id) ON DELETE SET NULL,
    profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    label TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    took_us INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    note TEXT NOT NULL,
    asked TEXT,
    answered TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX exchanges_by_profile ON exchanges (profile, id);
CREATE INDEX exchanges_by_hold ON exchanges (hold);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX notes_by_profile ON notes (profile, id);

CREATE TABLE readings (
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    minute INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    looks INTEGER NOT NULL,
    blind_us INTEGER NOT NULL,
    PRIMARY KEY (seller, event, minute, outcome)
) STRICT, WITHOUT ROWID;
