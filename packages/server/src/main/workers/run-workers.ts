import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { Logger } from '../../observability/logger.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { ConnectionDoor } from '../../workers/connection-door.ts';
import { Supervisor } from '../../workers/supervisor.ts';
import { chooseTls } from '../choose-tls.ts';
import { bannerOf } from '../commands/banner.ts';
import { CLOSE_MS_MAX, commandLogger, print, untilStopped } from '../commands/running.ts';
import { generatedKeyOf, ratesOf } from '../open-access.ts';
import { listenError, StartError } from '../start-error.ts';
import { WORKER_VARIABLE } from './worker-variable.ts';

/** Serves with several workers behind one port, until asked to stop. Throws {@link StartError}. */
export async function runWorkers(settings: Settings): Promise<void> {
  refuseWhatWorkersLack(settings);
  // Made here, so that no two of them make it.
  await chooseTls(settings, systemClock.wallMs());
  const logger = commandLogger({ level: settings.logLevel, format: settings.logFormat });
  const folderPath = mkdtempSync(join(tmpdir(), 'prism-workers-'));
  process.on('exit', () => rmSync(folderPath, { recursive: true, force: true }));
  const generatedApiKey = generatedKeyOf(settings);
  const supervisor = new Supervisor({
    clock: systemClock,
    workerCount: settings.workerCount,
    fork: forkWorker,
    seat: { folderPath, generatedApiKey, tokenKeyText: randomBytes(32).toString('base64url') },
    rates: ratesOf(settings),
    log: logOf(logger),
  });
  process.on('exit', () => supervisor.kill());
  const { door, facts } = await open(settings, supervisor);
  if (settings.keysFilePath !== undefined) process.on('SIGHUP', () => supervisor.reloadKeys());
  const { mediaPort, workerCount } = settings;
  await untilStopped({
    announce: () =>
      print(
        bannerOf({
          ...facts,
          generatedApiKey,
          media: `UDP ports ${mediaPort}–${mediaPort + workerCount - 1}, one for each of ${workerCount} workers`,
        }),
      ),
    close: () => supervisor.drain(),
    abandon: () => supervisor.kill(),
    closeMsMax: settings.drainMs + CLOSE_MS_MAX,
    logger,
  });
  door.close();
  process.exit();
}

function refuseWhatWorkersLack({ workerCount, sessionCountMax, storagePath }: Settings): void {
  if (storagePath === ':memory:')
    throw new StartError(
      `With ${workerCount} workers the storage must be a file that all of them open: set PRISM_STORAGE_PATH, or PRISM_WORKERS to 1.`,
    );
  if (sessionCountMax < workerCount)
    throw new StartError(
      `PRISM_MAX_SESSIONS is ${sessionCountMax}, and each of ${workerCount} workers has its share: raise it, or lower PRISM_WORKERS.`,
    );
}

/** Waits for the workers, then takes the port: nobody is let in who would have to wait. */
async function open(
  settings: Settings,
  supervisor: Supervisor,
): Promise<{ readonly door: ConnectionDoor; readonly facts: Awaited<Supervisor['started']> }> {
  const { host, port } = settings;
  const facts = await supervisor.started.catch((error: unknown) => {
    supervisor.kill();
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  try {
    const door = await ConnectionDoor.open({ host, port }, (socket) => supervisor.take(socket));
    return { door, facts };
  } catch (error) {
    supervisor.kill();
    throw listenError(error, `Port ${port} on ${host}`, 'PRISM_PORT');
  }
}

function forkWorker(): ReturnType<typeof fork> {
  const [, program = '', ...args] = process.argv;
  return fork(program, args, { env: { ...process.env, [WORKER_VARIABLE]: '1' } });
}

function logOf(logger: Logger): ConstructorParameters<typeof Supervisor>[0]['log'] {
  return {
    lost: (worker, lost) =>
      logger.error({ worker, ...lost }, 'a worker has ended, and its calls with it'),
    back: (worker) => logger.info({ worker }, 'a worker is back'),
  };
}
