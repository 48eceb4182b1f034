import { PrismClientError } from '../client-error.ts';

/** How long a page may take to get a token. */
const TOKEN_TIMEOUT_MS = 10_000;

/** Gets a token for this page, from the back end that it belongs to. */
export type TokenGetter = () => Promise<string> | string;

/** What a page gave to authorize its session with. */
export interface TokenOptions {
  readonly token?: string | undefined;
  readonly getToken?: TokenGetter | undefined;
}

/**
 * The token that a session presents. A client secret controls the call that it opened and no other, for a day after it
 * has expired: so the page is asked once, before the call, and its answer serves the call to its end. Asked again it is
 * only when the server refuses that token.
 */
export class Tokens {
  readonly #getToken: TokenGetter | undefined;
  readonly #setTimer: (callback: () => void, delayMs: number) => () => void;
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(
    { token, getToken }: TokenOptions,
    setTimer: (callback: () => void, delayMs: number) => () => void,
  ) {
    this.#known = token;
    this.#getToken = getToken;
    this.#setTimer = setTimer;
  }

  /** What there is without asking; undefined if that is nothing. */
  get known(): string | undefined {
    return this.#known;
  }

  /** The token, asked for if there is none yet; undefined if the page has none. Rejects with `token_failed`. */
  async current(): Promise<string | undefined> {
    if (this.#known !== undefined || this.#getToken === undefined) return this.#known;
    this.#asking ??= this.#ask(this.#getToken).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Another token instead of one that was refused; undefined if there is none. Rejects with `token_failed`. */
  async instead(refused: string | undefined): Promise<string | undefined> {
    if (this.#getToken === undefined) return undefined;
    if (this.#known === refused) this.#known = undefined;
    const token = await this.current();
    return token === refused ? undefined : token;
  }

  async #ask(getToken: TokenGetter): Promise<string> {
    const token = await this.#inTime(getToken);
    if (typeof token !== 'string' || token === '')
      throw new PrismClientError('token_failed', { message: 'getToken gave no token.' });
    this.#known = token;
    return token;
  }

  #inTime(getToken: TokenGetter): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#setTimer(() => {
        const message = `getToken took longer than ${TOKEN_TIMEOUT_MS / 1_000} s.`;
        reject(new PrismClientError('token_failed', { message }));
      }, TOKEN_TIMEOUT_MS);
      // A getter that throws at once fails like one that rejects.
      Promise.resolve()
        .then(getToken)
        .finally(cancelTimer)
        .then(resolve, (cause: unknown) => reject(tokenFailed(cause)));
    });
  }
}

function tokenFailed(cause: unknown): PrismClientError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PrismClientError('token_failed', { message: `getToken failed: ${why}`, cause });
}
