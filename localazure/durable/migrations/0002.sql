-- What people want to see: since when an activity waits, and the children of an instance at once.
ALTER TABLE activities ADD COLUMN scheduled_at TEXT;
CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
