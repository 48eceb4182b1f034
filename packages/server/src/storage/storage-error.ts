/**
 * A database that can't be used; the message is one sentence, of what is wrong. In a file of its own, so that the main
 * thread, which only hands questions on, doesn't load what the database is made of.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
