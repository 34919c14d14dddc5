-- An event's page asks who wants it, and every start asks what a member holds: a season of both is too long to be read
-- for that.
CREATE INDEX monitors_by_event ON monitors (seller, event);
CREATE INDEX holds_by_profile ON holds (profile, id);
DROP INDEX holds_open;
