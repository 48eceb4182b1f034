import { rmSync } from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { WorkerLine } from '../../workers/worker-line.ts';
import { WorkerSeat } from '../../workers/worker-seat.ts';
import { upstreamLineOf } from '../commands/banner.ts';
import { commandLogger, guarded } from '../commands/running.ts';
import { createPrism, type Prism } from '../create-prism.ts';
import { WORKER_VARIABLE } from './worker-variable.ts';

/** Whether this process is to wait for a seat among workers. */
export function isWorkerProcess(): boolean {
  return process.env[WORKER_VARIABLE] !== undefined && process.send !== undefined;
}

/** Serves as one of several workers, until the supervisor says to end, or is gone. */
export async function serveAsWorker(settings: Settings): Promise<void> {
  delete process.env[WORKER_VARIABLE];
  // A signal to the whole group is the supervisor's to answer.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  const { line, seat: facts } = await WorkerLine.open(process);
  const logger = commandLogger({ level: settings.logLevel, format: settings.logFormat }).child({
    worker: facts.index,
  });
  const starting: { prism?: Prism } = {};
  const end = (drainMs?: number): void => {
    const ended = starting.prism?.drain(drainMs) ?? Promise.resolve();
    ended.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  const seat = new WorkerSeat(facts, {
    line,
    clock: systemClock,
    orders: {
      drain: () => end(),
      alone: () => {
        logger.error('the supervisor has gone: ending');
        // Nobody else is there to do it.
        rmSync(facts.folderPath, { recursive: true, force: true });
        end(0);
      },
    },
  });
  const prism = await createPrism(settingsOfWorker(settings, facts), logger, {
    environment: process.env,
    seat,
  }).catch(endUnstarted);
  starting.prism = prism;
  line.ready({
    version: prism.info().version,
    url: prism.url,
    upstream: upstreamLineOf(prism.info().upstream),
    selfSignedCertificatePath: prism.selfSignedCertificatePath,
  });
}

/** Says why, and ends: the line to the supervisor would keep the process. */
async function endUnstarted(error: unknown): Promise<never> {
  await guarded(async () => {
    throw error;
  });
  process.exit(1);
}

/** What a worker has of the settings: its own media port, its share of the places, its mark in ICE fragments. */
function settingsOfWorker(
  settings: Settings,
  { index, workerCount }: { readonly index: number; readonly workerCount: number },
): Settings {
  const { mediaPort, nodeId, sessionCountMax } = settings;
  const share = Math.floor(sessionCountMax / workerCount);
  const isMore = index < sessionCountMax % workerCount;
  return {
    ...settings,
    mediaPort: mediaPort + index,
    nodeId: nodeId === '' ? '' : `${nodeId}${index.toString(36)}`,
    sessionCountMax: share + (isMore ? 1 : 0),
  };
}
