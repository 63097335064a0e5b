-- Runs of jobs: those that are under way, and how the others ended.
create table tenon.job_run (
  id uuid primary key,
  job text not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  done bigint not null default 0,
  failure text
);
create index on tenon.job_run (started_at desc);
create index on tenon.job_run (job, started_at desc);
