CREATE TABLE IF NOT EXISTS profiles (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    email    TEXT NOT NULL UNIQUE,
    headline TEXT NOT NULL,
    revision INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS workflows (
    id         INTEGER PRIMARY KEY,
    profile_id INTEGER NOT NULL REFERENCES profiles (id),
    title      TEXT NOT NULL,
    budget     INTEGER NOT NULL,
    status     TEXT NOT NULL
);
DROP INDEX IF EXISTS running_workflows;
CREATE INDEX IF NOT EXISTS unfinished_workflows ON workflows (status) WHERE status IN ('running', 'compensating');

CREATE TABLE IF NOT EXISTS artifacts (
    id          INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows (id),
    stage       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    content     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS artifacts_of_workflow ON artifacts (workflow_id);

CREATE TABLE IF NOT EXISTS workflow_events (
    id          INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows (id),
    stage       TEXT NOT NULL,
    event       TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_workflow ON workflow_events (workflow_id);

CREATE TABLE IF NOT EXISTS subscriptions (
    profile_id INTEGER NOT NULL REFERENCES profiles (id),
    topic      TEXT NOT NULL,
    PRIMARY KEY (profile_id, topic)
) WITHOUT ROWID;
