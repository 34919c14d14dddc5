-- A start asks of everybody at once whose holds are open, and pages ask what stands at an event now, who wants what there, and
-- how old sessions are: none of them may read a season, or every member, for that.
CREATE INDEX holds_open ON holds (profile, seller, event, state)
    WHERE state IN ('asked', 'granted', 'proven', 'left', 'unknown');
CREATE INDEX holds_by_event ON holds (seller, event, asked_at);
CREATE INDEX falls_on_sale ON falls (seller, event, number) WHERE gone_at IS NULL;
DROP INDEX monitors_by_event;
CREATE INDEX monitors_by_wish ON monitors (seller, event, desired, configuration);
CREATE INDEX sessions_by_age ON sessions (taken_at);
CREATE INDEX exchanges_of_upkeep ON exchanges (profile, id) WHERE hold IS NULL;
