-- Where each member is shown something else, only the one who was shown a fall can tell that it is gone.
ALTER TABLE falls ADD COLUMN seen_by TEXT REFERENCES profiles (id) ON DELETE SET NULL;
CREATE INDEX falls_by_who_saw_them ON falls (seen_by) WHERE seen_by IS NOT NULL;
