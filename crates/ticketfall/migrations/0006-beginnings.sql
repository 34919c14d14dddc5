-- When a match begins, where its page says so.
ALTER TABLE events ADD COLUMN begins_at INTEGER;
