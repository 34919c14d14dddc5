-- An access keyword as the vault seals it; the configuration beside it is written without one.
ALTER TABLE monitors ADD COLUMN keyword BLOB;
