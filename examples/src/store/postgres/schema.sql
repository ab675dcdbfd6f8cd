-- One service creates the tables, another that starts beside it waits and finds them.
BEGIN;
SELECT pg_advisory_xact_lock(7470001);

CREATE TABLE IF NOT EXISTS profiles (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     TEXT NOT NULL,
    email    TEXT NOT NULL UNIQUE,
    headline TEXT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS workflows (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id BIGINT NOT NULL REFERENCES profiles (id),
    title      TEXT NOT NULL,
    budget     BIGINT NOT NULL,
    status     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS unfinished_workflows ON workflows (status) WHERE status IN ('running', 'compensating');

CREATE TABLE IF NOT EXISTS artifacts (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow_id BIGINT NOT NULL REFERENCES workflows (id),
    stage       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    content     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS artifacts_of_workflow ON artifacts (workflow_id);

CREATE TABLE IF NOT EXISTS workflow_events (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow_id BIGINT NOT NULL REFERENCES workflows (id),
    stage       TEXT NOT NULL,
    event       TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_workflow ON workflow_events (workflow_id);

CREATE TABLE IF NOT EXISTS subscriptions (
    profile_id BIGINT NOT NULL REFERENCES profiles (id),
    topic      TEXT NOT NULL,
    PRIMARY KEY (profile_id, topic)
);
COMMIT;
