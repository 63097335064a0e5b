-- Keys of operations, each written in the transaction that it names: a key that is here was committed. Only a digest of the tenant
-- and the key is kept, so that whoever reads the table learns nothing.
create table tenon.operation (
  digest bytea primary key check (octet_length(digest) = 32),
  recorded_at timestamptz not null default now()
);
create index on tenon.operation (recorded_at);

grant usage on schema tenon to public;
grant select, insert on tenon.operation to public;
