import { type Logger, type LoggerOptions as LoggerSettings, pino, stdTimeFunctions } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * A write for each entry costs more than the entry: they are written together, at the latest after this time, and what
 * is left when the process ends.
 */
const TOGETHER = { dest: 1, sync: false, minLength: 8_192, periodicFlush: 200 } as const;
/** What may wait for whoever reads the log: some ten thousand entries. What comes then is lost, counted and told. */
const LOG_WAITING_BYTES_MAX = 8 * 1_024 * 1_024;

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
    return options.destination === undefined
      ? outputLogger(settings)
      : pino(settings, options.destination);
  const pretty = PinoPretty({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
    ...(options.destination === undefined ? { sync: true } : {}),
  });
  return pino(settings, options.destination ?? pretty);
}

/** Writes to standard output, whose reader may be slow, or stand still. */
function outputLogger(settings: LoggerSettings): Logger {
  const output = pino.destination({ ...TOGETHER, maxLength: LOG_WAITING_BYTES_MAX });
  const logger = pino(settings, output);
  let lostCount = 0;
  output.on('drop', () => {
    lostCount += 1;
  });
  output.on('drain', () => {
    if (lostCount === 0) return;
    const entryCount = lostCount;
    lostCount = 0;
    logger.warn({ entryCount }, 'log entries were lost: nobody read them in time');
  });
  return logger;
}
