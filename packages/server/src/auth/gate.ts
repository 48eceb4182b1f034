import type { IncomingHttpHeaders } from 'node:http';
import {
  type ErrorCode,
  OPEN_ACCESS,
  type PolicyPreset,
  type PrismErrorInfo,
  readTraceParent,
  type SessionAccess,
  type SessionConfig,
} from '@prism/protocol';
import type { AgentDirectory } from '../runtime/ports/agents.ts';
import { type AgentQuery, asAgent } from './agent-query.ts';
import { CLIENT_SECRET_PREFIX, type ClientSecrets, USES_NOT_COUNTED } from './client-secrets.ts';
import type { KeyRing, ServerKey } from './key-ring.ts';
import { type OriginRules, refuseOrigin } from './origin-rules.ts';
import { presentedKeyOf } from './presented-key.ts';
import type { CountedRate, RateCounter } from './rate-limits.ts';
import { grantsNeed, type Need, secretGrantsNeed } from './scopes.ts';
import { accessOfSecret } from './secret-access.ts';
import type { SecretClaims } from './secret-claims.ts';
import type { ClientConnection, TrustedProxies } from './trusted-proxies.ts';
import type { UseLedger } from './use-ledger.ts';

/** Who asks to come in, as far as it can be known before anything else is read. */
export interface Caller {
  readonly headers: IncomingHttpHeaders;
  /** The other end of the connection. */
  readonly remoteAddress: string | undefined;
  /** Whether the connection itself is TLS. */
  readonly isTls: boolean;
  /** What the request names of an agent; nothing if undefined. */
  readonly agentQuery?: AgentQuery;
}

/** Somebody who was let in: from here on nothing asks for keys again. */
export interface Admitted {
  readonly access: SessionAccess;
  /** What sessions opened by the caller start from: of its agent, and of its client secret. */
  readonly session: SessionConfig | undefined;
  /** The server key that was presented; undefined for client secrets, and where no key is asked for. */
  readonly key: ServerKey | undefined;
  readonly connection: ClientConnection;
}

export type Admission =
  | { readonly isAdmitted: true; readonly admitted: Admitted }
  | { readonly isAdmitted: false; readonly error: PrismErrorInfo };

export interface GateOptions {
  readonly keys: KeyRing;
  readonly secrets: ClientSecrets;
  readonly uses: UseLedger;
  readonly agents: AgentDirectory;
  /** Of client secrets that say nothing of it, and have no agent. */
  readonly defaultPreset: PolicyPreset;
  readonly origins: OriginRules;
  readonly proxies: TrustedProxies;
  readonly rates: RateCounter;
  /** Counts who isn't let in. */
  readonly watch?: GateWatch | undefined;
  /** A limit by address has hit a proxy whose clients can't be told apart, because it isn't trusted to name them. */
  readonly crowded?: (proxyAddress: string) => void;
}

/** Told of callers who are not let in. */
export interface GateWatch {
  refused(code: ErrorCode): void;
  rateExceeded(rate: CountedRate): void;
}

type Identified =
  | {
      readonly isKnown: true;
      readonly who: Omit<Admitted, 'connection'>;
      readonly claims?: SecretClaims;
    }
  | { readonly isKnown: false; readonly error: PrismErrorInfo };

/** The one decision on who may come in: the same for HTTP, WebSocket, offers and sidebands. */
export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** True in development on loopback: no key is asked for, and any key but a dead client secret is taken. */
  get isOpen(): boolean {
    return this.#options.keys.isEmpty;
  }

  /** Who a connection's client is, as far as its proxies are trusted. */
  connectionOf({ headers, remoteAddress, isTls }: Caller): ClientConnection {
    return this.#options.proxies.connectionOf({ headers, remoteAddress, isTls });
  }

  /** Why a page may not so much as read public files; undefined if it may. */
  refuseOrigin(caller: Caller): PrismErrorInfo | undefined {
    return this.#refuseOrigin(caller, this.connectionOf(caller));
  }

  /**
   * Lets somebody in who needs this. What is cheap is asked first; nothing that a caller says widens what its key
   * allows.
   */
  async admit(caller: Caller, need: Need): Promise<Admission> {
    const admission = await this.#decide(caller, need);
    if (!admission.isAdmitted) this.#options.watch?.refused(admission.error.code);
    return admission;
  }

  async #decide(caller: Caller, need: Need): Promise<Admission> {
    const connection = this.connectionOf(caller);
    const foreign = this.#refuseOrigin(caller, connection);
    if (foreign !== undefined) return refusal(foreign);
    const address = connection.countedAddress ?? 'unknown';
    const tried = await this.#options.rates.look('failures_per_address', address);
    if (!tried.isWithin) return refusal(this.#tooMany('failures_per_address', tried.retryAfterMs));
    const presentedKey = presentedKeyOf(caller.headers);
    const identified = withTrace(
      await this.#identify(presentedKey, connection, need),
      caller.headers,
    );
    if (!identified.isKnown) {
      const isGuess = presentedKey !== undefined && identified.error.code === 'invalid_api_key';
      if (isGuess) await this.#options.rates.count('failures_per_address', address);
      return refusal(identified.error);
    }
    const { who, claims } = identified;
    const denied =
      this.#refuseNeed(who, need) ??
      (claims === undefined ? undefined : this.#refuseSecret(claims, caller, need)) ??
      (await this.#refuseRate(who.access, connection, need));
    if (denied !== undefined) return refusal(denied);
    const { agentQuery } = caller;
    if (agentQuery === undefined || need !== 'sessions')
      return { isAdmitted: true, admitted: { ...who, connection } };
    const opened = asAgent(who, agentQuery, this.#options.agents);
    return opened.isFound
      ? { isAdmitted: true, admitted: { ...opened.who, connection } }
      : refusal(opened.error);
  }

  #refuseOrigin(
    { headers: { origin, host } }: Caller,
    { isSecure }: ClientConnection,
  ): PrismErrorInfo | undefined {
    return refuseOrigin({ origin, host, isSecure }, this.#options.origins);
  }

  async #identify(
    presentedKey: string | undefined,
    { isForwarded }: ClientConnection,
    need: Need,
  ): Promise<Identified> {
    const { keys } = this.#options;
    if (presentedKey?.startsWith(CLIENT_SECRET_PREFIX)) return this.#readSecret(presentedKey, need);
    if (this.isOpen) {
      // What a proxy hands on comes from elsewhere, whatever address the proxy has.
      return isForwarded
        ? unknown(
            'Without server keys only this machine is served, and this request came by a proxy.',
          )
        : { isKnown: true, who: { access: OPEN_ACCESS, session: undefined, key: undefined } };
    }
    if (presentedKey === undefined) return unknown('The request has no API key.');
    const key = keys.find(presentedKey);
    if (key === undefined) return unknown('The API key is not known here.');
    return {
      isKnown: true,
      who: { access: { ...OPEN_ACCESS, keyId: key.id }, session: undefined, key },
    };
  }

  async #readSecret(presentedKey: string, need: Need): Promise<Identified> {
    const { secrets, keys } = this.#options;
    const found = await secrets.find(presentedKey);
    if (found.state === 'unknown') return unknown(UNKNOWN_SECRET);
    // A call outlives the secret that opened it, and its client has to be able to come back and to hang up.
    if (found.state === 'expired' && need !== 'calls') return EXPIRED_SECRET;
    const { claims } = found;
    // A key that was revoked takes its secrets along.
    const isKeyGone = claims.keyId === undefined ? !this.isOpen : !keys.findById(claims.keyId);
    if (isKeyGone) return unknown(UNKNOWN_SECRET);
    const granted = accessOfSecret(claims, this.#options);
    if (!granted.isGranted) return { isKnown: false, error: granted.error };
    const { access, session } = granted;
    return { isKnown: true, who: { access, session, key: undefined }, claims };
  }

  #refuseNeed(
    { access, key }: Omit<Admitted, 'connection'>,
    need: Need,
  ): PrismErrorInfo | undefined {
    const isGranted =
      key !== undefined
        ? grantsNeed(key.scopes, need)
        : this.isOpen || (access.tokenId !== undefined && secretGrantsNeed(need));
    if (isGranted) return undefined;
    const what = key === undefined ? 'A client secret' : `The key '${key.label}'`;
    return { code: 'insufficient_permissions', message: `${what} lacks the scope '${need}'.` };
  }

  #refuseSecret(
    { id, expiresAtS, grants: { origins, usesMax } }: SecretClaims,
    { headers: { origin } }: Caller,
    need: Need,
  ): PrismErrorInfo | undefined {
    if (origins !== undefined && (origin === undefined || !origins.includes(origin))) {
      const message = 'The client secret is for pages of other origins.';
      return { code: 'origin_not_allowed', message };
    }
    // Who has used it up still has a call to control.
    if (usesMax === undefined || need === 'calls') return undefined;
    const { uses } = this.#options;
    if (!uses.enter(id, usesMax, expiresAtS * 1000)) return USES_NOT_COUNTED;
    return uses.hasUses(id) ? undefined : SECRET_USED_UP;
  }

  async #refuseRate(
    { keyId, user }: SessionAccess,
    connection: ClientConnection,
    need: Need,
  ): Promise<PrismErrorInfo | undefined> {
    if (need === 'secrets') return this.#overRate('secrets_per_key', keyId);
    if (need !== 'sessions') return undefined;
    const { countedAddress, clientAddress, isForwarded } = connection;
    const ofAddress = await this.#overRate('sessions_per_address', countedAddress);
    if (ofAddress !== undefined && isForwarded && clientAddress === undefined)
      this.#options.crowded?.(countedAddress ?? '');
    return (
      ofAddress ??
      (await this.#overRate('sessions_per_user', user)) ??
      (await this.#overRate('sessions_per_key', keyId))
    );
  }

  async #overRate(
    rate: CountedRate,
    subject: string | undefined,
  ): Promise<PrismErrorInfo | undefined> {
    if (subject === undefined) return undefined;
    const verdict = await this.#options.rates.count(rate, subject);
    return verdict.isWithin ? undefined : this.#tooMany(rate, verdict.retryAfterMs);
  }

  #tooMany(rate: CountedRate, retryAfterMs: number): PrismErrorInfo {
    this.#options.watch?.rateExceeded(rate);
    const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000));
    return { code: 'rate_limit_exceeded', message: WHAT_IS_TOO_OFTEN[rate], retryAfterS };
  }
}

/** Who holds a server key may say what caused his session. A client secret carries what its maker said. */
function withTrace(identified: Identified, headers: IncomingHttpHeaders): Identified {
  if (!identified.isKnown || identified.claims !== undefined) return identified;
  const traceParent = readTraceParent(headers['traceparent']);
  if (traceParent === undefined) return identified;
  const { who } = identified;
  return { ...identified, who: { ...who, access: { ...who.access, traceParent } } };
}

export const SECRET_USED_UP: PrismErrorInfo = {
  code: 'client_secret_used_up',
  message: 'The client secret has been used as often as it may be.',
};

const EXPIRED_SECRET: Identified = {
  isKnown: false,
  error: { code: 'ephemeral_key_expired', message: 'The client secret has expired.' },
};

/** The same for everything that is no secret of this deployment, so that nothing is learned from trying. */
const UNKNOWN_SECRET = 'The client secret is not known here.';

const WHAT_IS_TOO_OFTEN: Readonly<Record<CountedRate, string>> = {
  sessions_per_key: 'Too many sessions have been opened with this key.',
  sessions_per_user: 'Too many sessions have been opened for this user.',
  sessions_per_address: 'Too many sessions have been opened from this address.',
  secrets_per_key: 'Too many client secrets have been made with this key.',
  failures_per_address: 'Too many keys that are not known here have come from this address.',
};

function unknown(message: string): Extract<Identified, { isKnown: false }> {
  return { isKnown: false, error: { code: 'invalid_api_key', message } };
}

function refusal(error: PrismErrorInfo): Admission {
  return { isAdmitted: false, error };
}
