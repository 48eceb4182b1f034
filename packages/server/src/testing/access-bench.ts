import type { PolicyPreset } from '@prism/protocol';
import { ClientSecrets } from '../auth/client-secrets.ts';
import { Gate, type GateWatch } from '../auth/gate.ts';
import { fullKey, KeyRing, type ServerKey } from '../auth/key-ring.ts';
import { NO_RATES, type RateCounter } from '../auth/rate-limits.ts';
import type { SecretGrants } from '../auth/secret-claims.ts';
import { SecretMaker } from '../auth/secret-maker.ts';
import { type PlaceLimits, SessionPlaces } from '../auth/session-places.ts';
import { type TokenKey, tokenKeyOf } from '../auth/token-keys.ts';
import { TrustedProxies } from '../auth/trusted-proxies.ts';
import { UseLedger } from '../auth/use-ledger.ts';
import { type AgentDirectory, NO_AGENTS } from '../runtime/ports/agents.ts';
import { JweSeal } from '../tokens/jwe-seal.ts';

/** Where pages may come from. */
export const ORIGINS = { allowedOrigins: ['https://app.example'], isLoopbackOnly: true };

/** A client secret that asks for nothing. */
export const NO_GRANTS: SecretGrants = {
  agent: undefined,
  variables: {},
  user: undefined,
  usesMax: undefined,
  origins: undefined,
  policy: { preset: undefined, allowedClientEvents: undefined, allowedServerEvents: undefined },
  limits: undefined,
  session: undefined,
};

export interface AccessBenchOptions {
  /** Keys that may do everything. */
  readonly serverKeys?: readonly string[];
  /** The keys of a file; undefined: there is none. */
  readonly fileKeys?: readonly ServerKey[];
  readonly tokenKeys?: readonly [TokenKey, ...TokenKey[]];
  readonly audience?: string;
  readonly agents?: AgentDirectory;
  readonly defaultPreset?: PolicyPreset;
  readonly trustedProxies?: readonly string[];
  readonly rates?: RateCounter;
  readonly watch?: GateWatch;
  readonly places?: PlaceLimits;
  /** Counted client secrets at a time. */
  readonly countedMax?: number;
  readonly isLoopbackOnly?: boolean;
}

/** Everything that decides on callers, with a clock and a chance of the test's. */
export class AccessBench {
  /** Milliseconds since 1970. */
  nowMs = 1_800_000_000_500;
  readonly keys: KeyRing;
  readonly uses: UseLedger;
  readonly secrets: ClientSecrets;
  readonly maker: SecretMaker;
  readonly places: SessionPlaces;
  readonly gate: Gate;
  #secretCount = 0;

  constructor(options: AccessBenchOptions = {}) {
    const wallMs = (): number => this.nowMs;
    const agents = options.agents ?? NO_AGENTS;
    this.keys = new KeyRing({
      fixed: (options.serverKeys ?? []).map(fullKey),
      fromFile: options.fileKeys,
      wallMs,
    });
    this.uses = new UseLedger(wallMs, options.countedMax);
    this.secrets = new ClientSecrets({
      seal: new JweSeal(options.tokenKeys ?? [tokenKeyOf('a secret of the tests')]),
      uses: this.uses,
      audience: options.audience ?? 'here',
      newSecretId: () => `secret-${(this.#secretCount += 1)}`,
      wallMs,
    });
    this.maker = new SecretMaker(this.secrets, agents);
    this.places = new SessionPlaces(
      this.uses,
      options.places ?? { perKey: undefined, perUser: undefined, perAddress: undefined },
    );
    this.gate = new Gate({
      keys: this.keys,
      secrets: this.secrets,
      uses: this.uses,
      agents,
      defaultPreset: options.defaultPreset ?? 'browser',
      origins: { ...ORIGINS, isLoopbackOnly: options.isLoopbackOnly ?? true },
      proxies: new TrustedProxies(options.trustedProxies ?? []),
      rates: options.rates ?? NO_RATES,
      watch: options.watch,
    });
  }
}
