-- The SHA-256 of the manifest that a tenant was last restored from: a restore whose reply was lost is known as done.
alter table tenon.tenant add column restored_from text;
