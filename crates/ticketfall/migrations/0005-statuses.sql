-- How each search stood, word for word, so that a day can be told afterwards; so many a profile.
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    seller TEXT NOT NULL,
    event TEXT NOT NULL,
    label TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX statuses_by_profile ON statuses (profile, id);
