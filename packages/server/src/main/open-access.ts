import { randomBytes } from 'node:crypto';
import type { EventRateLimits } from '@prism/core';
import { ClientSecrets } from '../auth/client-secrets.ts';
import { Gate, type GateWatch } from '../auth/gate.ts';
import { fullKey, KeyRing } from '../auth/key-ring.ts';
import { isLoopbackHost, type OriginRules } from '../auth/origin-rules.ts';
import type { RateLimits } from '../auth/rate-limits.ts';
import { SecretMaker } from '../auth/secret-maker.ts';
import { type PlaceLimits, SessionPlaces } from '../auth/session-places.ts';
import { handoverKeyOf, randomTokenKey, type TokenKey, tokenKeyOf } from '../auth/token-keys.ts';
import { TrustedProxies } from '../auth/trusted-proxies.ts';
import { UseLedger } from '../auth/use-ledger.ts';
import type { Settings } from '../config/settings.ts';
import { KeyFileError } from '../keys/key-file.ts';
import { type KeyFileWatch, watchKeyFile } from '../keys/watch-key-file.ts';
import type { Logger } from '../observability/logger.ts';
import { MemoryRates } from '../rates/memory-rates.ts';
import type { AgentDirectory } from '../runtime/ports/agents.ts';
import type { TextSeal } from '../runtime/ports/handover-store.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { JweBox } from '../tokens/jwe-box.ts';
import { JweSeal } from '../tokens/jwe-seal.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import { randomSecretSuffix } from './random-ids.ts';
import { StartError } from './start-error.ts';

/** Who may call, for every way in. */
export interface Access {
  readonly gate: Gate;
  readonly secrets: SecretMaker;
  /** The id of a client secret that only the worker that made it can judge. */
  readonly ownedSecretId: (key: string) => Promise<string | undefined>;
  readonly places: SessionPlaces;
  readonly origins: OriginRules;
  readonly proxies: TrustedProxies;
  /** For conversations on their way to another process; undefined without keys that such a process has. */
  readonly handoverSeal: TextSeal | undefined;
  /** The server key made at start because none was set; `undefined` if none was needed. */
  readonly generatedApiKey: string | undefined;
  /** What an operator should look at. */
  readonly warnings: () => readonly string[];
  /** Reads the keys file again, if there is one. */
  readonly reloadKeys: () => void;
  readonly close: () => void;
}

export interface AccessParts {
  readonly agents: AgentDirectory;
  readonly logger: Logger;
  /** Counts who isn't let in. */
  readonly gateWatch: GateWatch | undefined;
  /** Where this process is one of several workers. */
  readonly seat?: WorkerSeat | undefined;
}

/**
 * Wires keys, client secrets, origins and limits. Beyond loopback there is always a key: it is made if none was set.
 * Throws {@link StartError} if the keys file can't be used.
 */
export function openAccess(
  settings: Settings,
  { agents, logger, gateWatch, seat }: AccessParts,
): Access {
  const wallMs = (): number => systemClock.wallMs();
  const isLoopbackOnly = isLoopbackHost(settings.host);
  const generatedApiKey = seat?.facts.generatedApiKey ?? generatedKeyOf(settings);
  const apiKeys = settings.apiKeys.map((key) => key.reveal());
  const watch = watchKeys(settings, logger, (changed) => keys.replaceFile(changed));
  const fixed = (generatedApiKey === undefined ? apiKeys : [generatedApiKey]).map(fullKey);
  const keys = new KeyRing({ fixed, fromFile: watch?.keys, wallMs });
  const uses = new UseLedger(wallMs);
  const secrets = new ClientSecrets({
    seal: new JweSeal(tokenKeysOf(settings, seat?.facts.tokenKeyText, logger)),
    uses,
    audience: settings.audience ?? `prism:${settings.host}:${settings.port}`,
    newSecretId: () => seat?.ownId(randomSecretSuffix) ?? randomSecretSuffix(),
    wallMs,
  });
  const origins = { allowedOrigins: settings.allowedOrigins, isLoopbackOnly };
  const proxies = new TrustedProxies(settings.trustedProxies);
  const rates = seat?.ratesOf(rateLimitsOf(settings)) ?? ratesOf(settings);
  return {
    gate: new Gate({
      keys,
      secrets,
      uses,
      agents,
      defaultPreset: settings.secretPreset,
      origins,
      proxies,
      rates,
      watch: gateWatch,
      crowded: once((address) =>
        logger.warn({ address }, 'clients of this proxy count as one: set access.trustedProxies'),
      ),
    }),
    secrets: new SecretMaker(secrets, agents),
    ownedSecretId: (key) => secrets.ownedIdOf(key),
    places: new SessionPlaces(uses, placeLimitsOf(settings), seat?.sharedCounts),
    origins,
    proxies,
    handoverSeal: handoverSealOf(settings),
    generatedApiKey,
    warnings: () => [watch?.trouble()].filter((text) => text !== undefined),
    reloadKeys: () => watch?.reload(),
    close: () => watch?.close(),
  };
}

/** More than any connection carries, and still a number to calculate with. */
const UNBOUNDED_RATE = 2 ** 40;

/** How much each controller may send; any amount if undefined. */
export function eventRateOf(settings: Settings): EventRateLimits | undefined {
  const eventsPerS = limitOf(settings, settings.eventRateMax, 500);
  const bytesPerS = limitOf(settings, settings.eventBytesRateMax, 4 * 1024 * 1024);
  if (eventsPerS === undefined && bytesPerS === undefined) return undefined;
  return { eventsPerS: eventsPerS ?? UNBOUNDED_RATE, bytesPerS: bytesPerS ?? UNBOUNDED_RATE };
}

/** Does it the first time alone. */
function once(action: (address: string) => void): (address: string) => void {
  let isDone = false;
  return (address) => {
    if (!isDone) action(address);
    isDone = true;
  };
}

/** Counts in this process, for all that ask it. */
export function ratesOf(settings: Settings): MemoryRates {
  return new MemoryRates({
    limits: rateLimitsOf(settings),
    nowMs: () => systemClock.nowMs(),
  });
}

/** A server key where one is needed and none is set. */
export function generatedKeyOf(settings: Settings): string | undefined {
  const hasKeys = settings.apiKeys.length > 0 || settings.keysFilePath !== undefined;
  return hasKeys || isLoopbackHost(settings.host)
    ? undefined
    : `prism_${randomBytes(24).toString('base64url')}`;
}

function watchKeys(
  { keysFilePath }: Settings,
  logger: Logger,
  changed: (keys: KeyFileWatch['keys']) => void,
): KeyFileWatch | undefined {
  if (keysFilePath === undefined) return undefined;
  try {
    return watchKeyFile(keysFilePath, {
      changed: (keys) => {
        changed(keys);
        logger.info({ keys: keys.length }, 'server keys read again');
      },
      failed: (message) => logger.error({ message }, 'server keys kept as they were'),
    });
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new StartError(`${error.message} Make it with prism keys create.`, { cause: error });
  }
}

function tokenKeysOf(
  { tokenKeys, host }: Settings,
  sharedText: string | undefined,
  logger: Logger,
): readonly [TokenKey, ...TokenKey[]] {
  const [first, ...others] = tokenKeys.map((key) => tokenKeyOf(key.reveal()));
  if (first !== undefined) return [first, ...others];
  if (!isLoopbackHost(host))
    logger.info('client secrets end with this process: set access.tokenKeys to keep them');
  return [sharedText === undefined ? randomTokenKey() : tokenKeyOf(sharedText)];
}

function handoverSealOf({ tokenKeys }: Settings): TextSeal | undefined {
  const [first, ...others] = tokenKeys.map((key) => handoverKeyOf(key.reveal()));
  return first === undefined ? undefined : new JweBox([first, ...others]);
}

/** From which load on sessions are refused; never if undefined. */
export function loadMaxOf(settings: Settings): number | undefined {
  return limitOf(settings, settings.loadMax, 0.9);
}

/** A limit that is set, or its default, which loopback goes without. */
function limitOf(
  { host }: Settings,
  value: number | undefined,
  defaultValue: number | undefined,
): number | undefined {
  if (value === undefined) return isLoopbackHost(host) ? undefined : defaultValue;
  return value === 0 ? undefined : value;
}

function placeLimitsOf(settings: Settings): PlaceLimits {
  return {
    perKey: limitOf(settings, settings.keySessionCountMax, undefined),
    perUser: limitOf(settings, settings.userSessionCountMax, 10),
    perAddress: limitOf(settings, settings.addressSessionCountMax, 50),
  };
}

function rateLimitsOf(settings: Settings): RateLimits {
  return {
    sessions_per_key: limitOf(settings, settings.keySessionRateMax, 1_200),
    sessions_per_user: limitOf(settings, settings.userSessionRateMax, 30),
    sessions_per_address: limitOf(settings, settings.addressSessionRateMax, 120),
    secrets_per_key: limitOf(settings, settings.keySecretRateMax, 1_200),
    failures_per_address: limitOf(settings, settings.addressFailureRateMax, 60),
  };
}
