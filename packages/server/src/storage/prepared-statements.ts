import type { SqliteDatabase } from 'kysely';
import type Database from 'libsql';

/** Statements that stay prepared; the one that waits longest for its next use gives way to a further one. */
const STATEMENT_COUNT_MAX = 64;

/** A connection that prepares a statement once, however often it is run. */
export class PreparedStatements implements SqliteDatabase {
  readonly #connection: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(connection: Database.Database) {
    this.#connection = connection;
  }

  prepare(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#connection.prepare(sql);
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > STATEMENT_COUNT_MAX) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }
}
