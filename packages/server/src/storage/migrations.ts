import type { Kysely, Migration } from 'kysely';
import { SUM_COLUMNS } from './schema.ts';

/**
 * What made the tables as they are, in the order of their names. A migration that was released is never changed; what
 * comes later is another one.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-usage': {
    async up(database: Kysely<unknown>): Promise<void> {
      const table = database.schema
        .createTable('usage')
        .addColumn('session_id', 'text', (column) => column.notNull())
        .addColumn('hour_ms', 'integer', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('user_name', 'text', (column) => column.notNull())
        .addColumn('agent', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('usage_key', ['session_id', 'hour_ms', 'kind', 'model']);
      await SUM_COLUMNS.reduce(
        (builder, name) =>
          builder.addColumn(name, 'integer', (column) => column.notNull().defaultTo(0)),
        table,
      ).execute();
      await database.schema.createIndex('usage_hour').on('usage').column('hour_ms').execute();
    },
  },
  '0002-handover': {
    async up(database: Kysely<unknown>): Promise<void> {
      await database.schema
        .createTable('handover')
        .addColumn('call_id', 'text', (column) => column.primaryKey())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .addColumn('expires_at_ms', 'integer', (column) => column.notNull())
        .execute();
    },
  },
};
