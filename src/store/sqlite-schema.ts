import { DatabaseSync } from 'node:sqlite'
import { StoreError } from './errors.ts'

/**
 * One table of rows in the order in which they were written, without a second index: nothing is ever looked up by key
 * here. `mark` holds one number, the compacted revision.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS history (row INTEGER PRIMARY KEY, revision INTEGER NOT NULL, key TEXT NOT NULL, deleted INTEGER NOT NULL, value BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), compacted INTEGER NOT NULL);
  INSERT OR IGNORE INTO mark VALUES (1, 0);
`

/** Opens the file for this process alone, so that it needs no shared memory file and no second process can open it. */
export function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path)
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    // A checkpoint inside of a commit is a stall of 60 to 100 ms for whoever waits for it.
    database.exec('PRAGMA wal_autocheckpoint = 0')
    database.exec(SCHEMA)
    return database
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

/** See https://www.sqlite.org/rescode.html; node:sqlite puts the extended code into `errcode`. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const { errcode = 0, message = String(error) } = error as { errcode?: number; message?: string }
  const cause = { cause: error }
  switch (errcode & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return new StoreError('in-use', `${path} is in use by another process`, cause)
    case 13: // SQLITE_FULL
      return new StoreError('full', `no space left to write ${path}`, cause)
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return new StoreError(
        'damaged',
        `${path} is damaged (${message}); restore it from a copy, or delete it to start empty`,
        cause,
      )
    default:
      return new StoreError('unavailable', `${path} can't be used: ${message}`, cause)
  }
}
