import {
  createLogger,
  createPrism,
  loadSettings,
  type Prism,
  type PrismOptions,
  type SettingName,
} from '@prism/server';
import { freePorts } from './free-port.ts';

/** A Prism on ports of its own, with its log kept. */
export interface PrismUnderTest {
  readonly prism: Prism;
  readonly url: string;
  /** Log entries so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** Live calls, as the server tells. */
  liveCalls(): number;
}

/** Starts Prism in this process. The environment is not read, only `settings` and what `options` say. */
export async function startPrism(
  settings: Partial<Record<SettingName, unknown>>,
  options: PrismOptions = {},
): Promise<PrismUnderTest> {
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: typeof settings.logLevel === 'string' ? settings.logLevel : 'info',
    format: 'json',
    destination: { write: (line) => log.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const loaded = loadSettings({
    filePath: undefined,
    env: {},
    flags: {
      ...(await freePorts()),
      host: '127.0.0.1',
      storagePath: ':memory:',
      ...settings,
    },
  });
  const prism = await createPrism(loaded.settings, logger, options);
  return { prism, url: prism.url, log, liveCalls: () => prism.info().sessions.live };
}
