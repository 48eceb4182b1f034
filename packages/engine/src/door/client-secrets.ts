import { z } from 'zod';
import { type SessionUpdate, sessionUpdateSchema } from '../wire/session-update.ts';

/** Secrets that are kept at the same time; beyond it the oldest is forgotten and no longer opens anything. */
export const CLIENT_SECRET_COUNT_MAX = 1_000;

const DEFAULT_SECONDS = 600;

/** The body of `POST /v1/realtime/client_secrets`. */
export const clientSecretRequestSchema = z.strictObject({
  expires_after: z
    .strictObject({
      anchor: z.literal('created_at').optional(),
      seconds: z.int().min(10).max(7_200).optional(),
    })
    .optional(),
  session: sessionUpdateSchema.optional(),
});

export type ClientSecretRequest = z.infer<typeof clientSecretRequestSchema>;

export interface ClientSecret {
  /** `ek_…` */
  readonly value: string;
  readonly expiresAtS: number;
  /** The configuration that sessions opened with it start from. */
  readonly session: SessionUpdate | undefined;
}

/** The ephemeral keys, in memory. */
export class ClientSecrets {
  readonly #secrets = new Map<string, ClientSecret>();
  readonly #makeValue: () => string;

  constructor(makeValue: () => string) {
    this.#makeValue = makeValue;
  }

  get count(): number {
    return this.#secrets.size;
  }

  mint(request: ClientSecretRequest, wallMs: number): ClientSecret {
    const nowS = Math.floor(wallMs / 1_000);
    for (const [value, secret] of this.#secrets) {
      if (secret.expiresAtS <= nowS || this.#secrets.size >= CLIENT_SECRET_COUNT_MAX) {
        this.#secrets.delete(value);
      }
    }
    const secret: ClientSecret = {
      value: this.#makeValue(),
      expiresAtS: nowS + (request.expires_after?.seconds ?? DEFAULT_SECONDS),
      session: request.session,
    };
    this.#secrets.set(secret.value, secret);
    return secret;
  }

  /** The secret of that value, unless it has expired or never was. */
  find(value: string, wallMs: number): ClientSecret | undefined {
    const secret = this.#secrets.get(value);
    return secret !== undefined && secret.expiresAtS * 1_000 > wallMs ? secret : undefined;
  }
}
