namespace FastDqn.Sweeps.Storage;

/// <summary>
/// The database schema as a list of migrations; each is applied once, in order, inside a transaction. Old ones never
/// change: a new need is a new entry. <c>{id}</c> is the database's auto-numbered key type.
/// </summary>
internal static class Schema
{
    public static readonly string[] Migrations =
    [
        """
        CREATE TABLE studies (
            id {id}, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL, folder TEXT NOT NULL, run_cap INTEGER NOT NULL,
            stopping INTEGER NOT NULL DEFAULT 0, created DOUBLE PRECISION NOT NULL);
        CREATE TABLE trials (
            id {id}, study_id BIGINT NOT NULL REFERENCES studies(id), number INTEGER NOT NULL, state INTEGER NOT NULL,
            parameters TEXT NOT NULL, attributes TEXT NOT NULL, value DOUBLE PRECISION, finish_order BIGINT NOT NULL DEFAULT 0,
            created DOUBLE PRECISION NOT NULL, finished DOUBLE PRECISION, UNIQUE (study_id, number));
        CREATE TABLE runs (
            id {id}, study_id BIGINT NOT NULL REFERENCES studies(id), trial_id BIGINT NOT NULL REFERENCES trials(id),
            seed BIGINT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '',
            token BIGINT NOT NULL DEFAULT 0, heartbeat DOUBLE PRECISION, value DOUBLE PRECISION,
            message TEXT NOT NULL DEFAULT '', UNIQUE (trial_id, seed));
        CREATE INDEX runs_by_state ON runs (study_id, state);
        CREATE TABLE reports (
            run_id BIGINT NOT NULL REFERENCES runs(id), step BIGINT NOT NULL, value DOUBLE PRECISION,
            PRIMARY KEY (run_id, step));
        """,
        """
        ALTER TABLE runs ADD COLUMN engine TEXT NOT NULL DEFAULT '';
        ALTER TABLE runs ADD COLUMN not_before DOUBLE PRECISION NOT NULL DEFAULT 0;
        CREATE TABLE claims (
            id {id}, run_id BIGINT NOT NULL REFERENCES runs(id), attempt INTEGER NOT NULL, worker TEXT NOT NULL,
            token BIGINT NOT NULL, began DOUBLE PRECISION NOT NULL, ended DOUBLE PRECISION, outcome TEXT NOT NULL DEFAULT '');
        CREATE INDEX claims_by_run ON claims (run_id);
        """,
        "ALTER TABLE studies ADD COLUMN base TEXT NOT NULL DEFAULT '';",
        """
        ALTER TABLE studies ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE trials ADD COLUMN budget BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE trials ADD COLUMN parent INTEGER NOT NULL DEFAULT -1;
        ALTER TABLE trials ADD COLUMN reason TEXT NOT NULL DEFAULT '';
        ALTER TABLE trials ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE runs ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE runs ADD COLUMN figures TEXT NOT NULL DEFAULT '';
        ALTER TABLE claims ADD COLUMN cores DOUBLE PRECISION NOT NULL DEFAULT 0;
        ALTER TABLE claims ADD COLUMN gpus DOUBLE PRECISION NOT NULL DEFAULT 0;
        CREATE TABLE rungs (
            trial_id BIGINT NOT NULL REFERENCES trials(id), budget BIGINT NOT NULL, value DOUBLE PRECISION,
            PRIMARY KEY (trial_id, budget));
        CREATE TABLE queued (
            id {id}, study_id BIGINT NOT NULL REFERENCES studies(id), parameters TEXT NOT NULL, trial INTEGER);
        CREATE TABLE earlier (
            id {id}, study_id BIGINT NOT NULL REFERENCES studies(id), source TEXT NOT NULL, parameters TEXT NOT NULL,
            state INTEGER NOT NULL, value DOUBLE PRECISION, step BIGINT NOT NULL);
        """,
        """
        ALTER TABLE runs ADD COLUMN further INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE runs ADD COLUMN released DOUBLE PRECISION NOT NULL DEFAULT 0;
        CREATE INDEX trials_by_finish ON trials (study_id, finish_order);
        """,
    ];
}
