const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Workers of one server. More than the letters of an id can name make no sense on any machine. */
export const WORKER_COUNT_MAX = 32;

/**
 * Whose an id is, read off its last character: of a call, or of a client secret that only its maker can judge. Every
 * worker says the same, of ids too that another process made.
 *
 * @returns From 0 to `workerCount` - 1.
 */
export function workerOfId(id: string, workerCount: number): number {
  return Math.max(0, BASE62.indexOf(id.slice(-1))) % workerCount;
}
