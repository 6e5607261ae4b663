/**
 * The queue, parked runs, signals and state. `ready` says of an outermost run that a worker may take it; it is set when
 * something happens to the run, or by the next look for what only time or a dead process has brought about. `seen` is
 * the last signal that a parked run has looked at.
 */
export const waitingTables = `
ALTER TABLE runs ADD COLUMN parent INTEGER;
ALTER TABLE runs ADD COLUMN root INTEGER;
ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN run_key TEXT;
ALTER TABLE runs ADD COLUMN group_key TEXT;
ALTER TABLE runs ADD COLUMN group_limit INTEGER;
ALTER TABLE runs ADD COLUMN wake_at INTEGER;
ALTER TABLE runs ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX runs_by_key ON runs (workflow, run_key) WHERE run_key IS NOT NULL;
CREATE INDEX runs_by_root ON runs (root) WHERE root IS NOT NULL;
CREATE INDEX runs_ready ON runs (priority DESC, n) WHERE ready = 1 AND parent IS NULL;
CREATE INDEX runs_asleep ON runs (wake_at) WHERE wake_at IS NOT NULL AND ready = 0 AND parent IS NULL;
CREATE INDEX runs_left ON runs (status)
  WHERE owner IS NULL AND ready = 0 AND parent IS NULL AND status IN ('running', 'undoing', 'interrupted');
CREATE INDEX runs_held ON runs (owner) WHERE owner IS NOT NULL AND ready = 0;
CREATE INDEX runs_queued ON runs (workflow) WHERE status = 'queued';
CREATE INDEX runs_queued_below ON runs (root, ready) WHERE status = 'queued' AND root IS NOT NULL;
CREATE INDEX runs_in_line ON runs (group_key, ready, priority DESC, n)
  WHERE group_key IS NOT NULL AND status = 'queued';
CREATE INDEX runs_in_group ON runs (group_key, n) WHERE group_key IS NOT NULL
  AND status NOT IN ('queued', 'succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed');

-- The outermost run above the one that is asked.
ALTER TABLE requests ADD COLUMN root INTEGER;
CREATE INDEX requests_by_root ON requests (root) WHERE root IS NOT NULL;

CREATE TABLE waits (
  name TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (n) ON DELETE CASCADE,
  seen INTEGER NOT NULL,
  PRIMARY KEY (name, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_run ON waits (run);

-- AUTOINCREMENT: a number is never used again, also when the signals before it are dropped.
CREATE TABLE signals (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  payload TEXT NOT NULL,
  at INTEGER NOT NULL,
  sent_by TEXT NOT NULL,
  run INTEGER,
  root INTEGER REFERENCES runs (n) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX signals_for_all ON signals (name, n) WHERE root IS NULL;
CREATE INDEX signals_for_one ON signals (root, name, n) WHERE root IS NOT NULL;
CREATE INDEX signals_by_expiry ON signals (expires_at);

CREATE TABLE state (
  space TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (space, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_by_expiry ON state (expires_at) WHERE expires_at IS NOT NULL;
`;
