import { after } from '@prism/core';
import { ConfigError } from '../../config/load-settings.ts';
import { createLogger, type Logger } from '../../observability/logger.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { StartError } from '../start-error.ts';

/** What follows draining: handing over, telling, closing, each with a bound of its own of a few seconds. */
export const CLOSE_MS_MAX = 15_000;

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a command's action; what the operator can mend is said on standard error, with exit code 1. */
export async function guarded(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StartError)) throw error;
    process.stderr.write(`prism: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** The logger of a command that runs: readable on a terminal, JSON elsewhere, unless the format is given. */
export function commandLogger(options: {
  readonly level: string;
  readonly format: 'auto' | 'pretty' | 'json';
}): Logger {
  const automatic = process.stdout.isTTY ? 'pretty' : 'json';
  return createLogger({
    level: options.level,
    format: options.format === 'auto' ? automatic : options.format,
  });
}

/** A started server as its command runs it. */
export interface Running {
  /** Says that it is ready. Called once signals are listened to: who reads it may stop the server at once. */
  readonly announce: () => void;
  /** With the exit code where that isn't 0. */
  readonly close: () => Promise<number | void>;
  /** Ends at once what wouldn't end with the process. */
  readonly abandon?: () => void;
  /** How long closing may take; then the process ends as it is, with exit code 1. For ever if undefined. */
  readonly closeMsMax?: number;
  readonly logger: Logger;
}

/** Announces the server and waits for SIGINT or SIGTERM, then closes; a second signal ends the process at once. */
export async function untilStopped({
  announce,
  close,
  abandon = () => undefined,
  closeMsMax,
  logger,
}: Running): Promise<void> {
  await new Promise<void>((resolve) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      // A second signal means that the person has no patience left.
      if (isStopping) {
        abandon();
        process.exit(130);
      }
      isStopping = true;
      logger.info({ signal }, 'stopping');
      if (closeMsMax !== undefined) {
        systemClock.setTimer(after(systemClock.nowMs(), closeMsMax), () => {
          logger.error({ closeMsMax }, 'stopping took too long');
          abandon();
          process.exit(1);
        });
      }
      const closed = close().then((code) => {
        process.exitCode = code ?? 0;
      });
      closed.then(resolve, (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exitCode = 1;
        resolve();
      });
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    announce();
  });
}

/** Writes the last words and ends the process: what still waits, a name's lookup or the WebRTC stack, would keep it. */
export async function endProcess(
  text: string,
  { code, stream }: { readonly code: number; readonly stream: NodeJS.WriteStream },
): Promise<never> {
  await new Promise<void>((resolve) => {
    stream.write(text, () => resolve());
  });
  process.exit(code);
}
