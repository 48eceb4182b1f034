import type { Command } from 'commander';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { captureStackLog } from '../../webrtc/stack-log.ts';
import { createPrism, type Prism } from '../create-prism.ts';
import { commandLogger, guarded, print, untilStopped } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

/** What follows draining: handing over, telling, closing, each with a bound of its own of a few seconds. */
const CLOSE_MS_MAX = 15_000;

/** `prism serve`: the server and the playground, until it is asked to stop. */
export function addServeCommand(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('start the server and the playground (the default command)')
    .action((values: FlagValues) => guarded(async () => serve(settingsFromFlags(values))));
  addSettingFlags(command);
}

async function serve({ settings }: LoadedSettings): Promise<void> {
  const logger = commandLogger({ level: settings.logLevel, format: settings.logFormat });
  const prism = await createPrism(settings, logger, { environment: process.env });
  // Without a keys file there is nothing to read again, and a terminal that hangs up ends the process as ever.
  if (settings.keysFilePath !== undefined) process.on('SIGHUP', () => prism.reloadKeys());
  captureStackLog((detail) => logger.warn({ detail }, 'webrtc stack'));
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
  const key = prism.generatedApiKey;
  print(
    [
      '',
      `  Prism ${version} is ready.`,
      '',
      `  Playground  ${prism.url}${key === undefined ? '' : `/#key=${key}`}`,
      `  Upstream    ${upstream.label}, model ${upstream.model} (${upstream.reason})`,
      `  Media       UDP port ${media.port}`,
      ...(key === undefined
        ? []
        : [`  Server key  ${key} (made now; set PRISM_API_KEYS to keep one)`]),
      ...(prism.selfSignedCertificatePath === undefined
        ? []
        : [
            `  Certificate ${prism.selfSignedCertificatePath}`,
            `              self-signed; NODE_EXTRA_CA_CERTS=${prism.selfSignedCertificatePath} makes Node trust it`,
          ]),
      '',
    ].join('\n'),
  );
}
