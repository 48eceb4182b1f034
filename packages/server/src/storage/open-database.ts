import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, type Clock } from '@prism/core';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { MIGRATIONS } from './migrations.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { Tables } from './schema.ts';
import { StorageError } from './storage-error.ts';

/** How long another process that writes is waited for. */
const BUSY_TIMEOUT_MS = 5_000;
/** After how long it is tried again where SQLite itself doesn't wait. */
const BUSY_RETRY_MS = 20;

/**
 * Opens the database, makes it if there is none, and brings its tables up to date. `:memory:` is one that ends with the
 * process. Throws {@link StorageError}.
 *
 * A commit is in the file when it returns, and so survives the end of the process; it is on the disk at the next
 * checkpoint, and so the last commits may be lost when the machine itself stops (SQLite, `synchronous=NORMAL` with a
 * write-ahead log). The file is whole in either case.
 */
export async function openDatabase(path: string, clock: Clock): Promise<Kysely<Tables>> {
  let database: Kysely<Tables> | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const connection = new Database(path, { timeout: 0 });
    await useWriteAheadLog(connection, clock);
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    connection.pragma('synchronous = NORMAL');
    database = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: new PreparedStatements(connection) }),
    });
    // One process at a time, and all of it or nothing.
    connection.exec('begin immediate');
    await migrate(database);
    connection.exec('commit');
    return database;
  } catch (error) {
    await database?.destroy();
    throw error instanceof StorageError ? error : new StorageError(reasonOf(error));
  }
}

/**
 * Of two that make a new file's journal a write-ahead log at once, SQLite refuses one without waiting, whatever
 * `busy_timeout` says: waiting for each other, both could wait for ever. So this one waits. Throws what SQLite does.
 */
async function useWriteAheadLog(connection: Database.Database, clock: Clock): Promise<void> {
  const endMs = after(clock.nowMs(), BUSY_TIMEOUT_MS);
  for (;;) {
    try {
      connection.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (clock.nowMs() >= endMs || reasonOf(error) !== LOCKED) throw error;
    }
    await new Promise<void>((resolve) => {
      clock.setTimer(after(clock.nowMs(), BUSY_RETRY_MS), resolve);
    });
  }
}

async function migrate(database: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && !error.message.includes('previously executed migration'))
    throw error;
  throw new StorageError('it was written by a newer Prism');
}

/** What is wrong, by SQLite's result code or the system's. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS.find(([pattern]) => pattern.test(`${code} ${message}`));
  return known?.[1] ?? message;
}

const LOCKED = 'another process keeps it locked';
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/EACCES|EPERM|EROFS|READONLY|readonly/, 'it can not be written'],
  [/ENOTDIR|EEXIST/, 'its folder is a file'],
  [/CANTOPEN|unable to open/i, 'it can not be opened for writing'],
  [/NOTADB|not a database/i, 'it is no SQLite database'],
  [/BUSY|LOCKED|is locked/i, LOCKED],
  [/CORRUPT|malformed/i, 'it is damaged'],
  [/ENOSPC|FULL|disk is full/i, 'its disk is full'],
];
