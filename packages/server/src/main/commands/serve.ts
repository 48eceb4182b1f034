import type { Command } from 'commander';
import type { LoadedSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { createPrism, type Prism } from '../create-prism.ts';
import { isWorkerProcess, serveAsWorker } from '../workers/serve-as-worker.ts';
import { bannerOf, upstreamLineOf } from './banner.ts';
import { CLOSE_MS_MAX, commandLogger, guarded, print, untilStopped } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

/** `prism serve`: the server and the playground, until it is asked to stop. */
export function addServeCommand(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('start the server and the playground (the default command)')
    .action((values: FlagValues) => guarded(async () => serve(settingsFromFlags(values))));
  addSettingFlags(command);
}

async function serve({ settings }: LoadedSettings): Promise<void> {
  if (isWorkerProcess()) return serveAsWorker(settings);
  // Loaded only where it is wanted: with one worker there is no process but this one.
  if (settings.workerCount > 1)
    return (await import('../workers/run-workers.ts')).runWorkers(settings);
  return serveAlone(settings);
}

async function serveAlone(settings: Settings): Promise<void> {
  const logger = commandLogger({ level: settings.logLevel, format: settings.logFormat });
  const prism = await createPrism(settings, logger, { environment: process.env });
  // Without a keys file there is nothing to read again, and a terminal that hangs up ends the process as ever.
  if (settings.keysFilePath !== undefined) process.on('SIGHUP', () => prism.reloadKeys());
  await untilStopped({
    announce: () => printBanner(prism),
    close: () => prism.drain(),
    closeMsMax: settings.drainMs + CLOSE_MS_MAX,
    logger,
  });
  // The stack's log callback would keep the process alive for ever; everything else has been closed.
  process.exit();
}

function printBanner(prism: Prism): void {
  const { upstream, media, version } = prism.info();
  print(
    bannerOf({
      ...prism,
      version,
      upstream: upstreamLineOf(upstream),
      media: `UDP port ${media.port}`,
    }),
  );
}
