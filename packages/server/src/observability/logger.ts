import { type Logger, pino, stdTimeFunctions } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * A write for each entry costs more than the entry: they are written together, at the latest after this time, and what
 * is left when the process ends.
 */
const TOGETHER = { dest: 1, sync: false, minLength: 8_192, periodicFlush: 200 } as const;

export interface LoggerOptions {
  readonly level: string;
  readonly format: 'pretty' | 'json';
  /** Where entries go; standard output if absent. */
  readonly destination?: { write(line: string): void };
}

/** The process's logger. What people say or are lives right under `pii` and is dropped unless the level is `debug`. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // A serializer and no `redact`, which copies each entry before it looks.
    serializers: options.level === 'debug' ? {} : { pii: () => undefined },
  };
  if (options.format === 'json')
    return pino(settings, options.destination ?? pino.destination(TOGETHER));
  const pretty = PinoPretty({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
    ...(options.destination === undefined ? { sync: true } : {}),
  });
  return pino(settings, options.destination ?? pretty);
}
