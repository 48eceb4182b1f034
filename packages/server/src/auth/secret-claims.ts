import type { AllowedEvents, PolicyPreset, SessionConfig, SessionLimits } from '@prism/protocol';

/** How a secret narrows what its controllers may do; what is `undefined` is left to the agent, or the preset. */
export interface SecretPolicy {
  readonly preset: PolicyPreset | undefined;
  readonly allowedClientEvents: AllowedEvents | undefined;
  readonly allowedServerEvents: AllowedEvents | undefined;
  readonly contextBytesMax?: number | undefined;
}

/** What a back end may ask of a client secret. */
export interface SecretGrants {
  readonly agent: string | undefined;
  /** For the agent's instructions. */
  readonly variables: Readonly<Record<string, string>>;
  /** The application's name for who talks. */
  readonly user: string | undefined;
  /** How many sessions it may open; any number if undefined. */
  readonly usesMax: number | undefined;
  /** Pages that it may be used from; any that the server lets in if undefined. */
  readonly origins: readonly string[] | undefined;
  readonly policy: SecretPolicy;
  readonly limits: SessionLimits | undefined;
  /** The configuration that its sessions start from, over the agent's. */
  readonly session: SessionConfig | undefined;
  /** What its sessions are caused by, as a `traceparent` header. */
  readonly traceParent?: string | undefined;
}

/** What a secret says of itself. */
export interface SecretIdentity {
  /** Names the secret without opening anything. */
  readonly id: string;
  /** The deployment that it is for. */
  readonly audience: string;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

/** All that a secret carries. */
export interface SecretClaims extends SecretIdentity {
  /** The server key that made it; undefined where no keys are asked for. */
  readonly keyId: string | undefined;
  readonly grants: SecretGrants;
}

/** A secret as it is read: with its grants, or with the word that they are kept at the server. */
export type SealedClaims = SecretClaims | (SecretIdentity & { readonly isKept: true });

/** Encrypts what a client secret carries, and reads it again. */
export interface SecretSeal {
  /** @returns Text of characters that may stand in a header and in a subprotocol. */
  seal(claims: SealedClaims): Promise<string>;
  /** `undefined` for everything that no key of this deployment has sealed, whatever is wrong with it. Never throws. */
  open(text: string): Promise<SealedClaims | undefined>;
  /** Reads grants that were kept as JSON. */
  readKept(json: string): SecretClaims | undefined;
}
