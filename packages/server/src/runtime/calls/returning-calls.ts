import type { CallId, PrismErrorInfo, SessionAccess } from '@prism/protocol';
import type { HandoverDesk } from '../handover-desk.ts';
import { NO_SUCH_CALL } from '../no-such-call.ts';
import type { SessionOpener, SessionWish } from './session-opener.ts';

export interface ReturningCallsParts {
  /** Where conversations come from; undefined where they end with their process. */
  readonly handovers: Pick<HandoverDesk, 'find' | 'take'> | undefined;
  readonly opener: Pick<SessionOpener, 'open'>;
  readonly isLive: (callId: CallId, access: SessionAccess) => boolean;
  /** Why there is no place for it. */
  readonly refusal: (wish: SessionWish) => PrismErrorInfo | undefined;
}

/** Fetches calls that another process has left, when their clients come back. */
export class ReturningCalls {
  readonly #parts: ReturningCallsParts;
  readonly #returning = new Map<CallId, Promise<PrismErrorInfo | undefined>>();

  constructor(parts: ReturningCallsParts) {
    this.#parts = parts;
  }

  /**
   * Why a call's client can't go on with it here; undefined if it can. A call that another process has left goes on in
   * this one from now on.
   */
  async refusalOf(callId: CallId, access: SessionAccess): Promise<PrismErrorInfo | undefined> {
    const { isLive } = this.#parts;
    if (isLive(callId, access)) return undefined;
    // Who asks twice at once, by socket and by HTTP, is one client.
    await this.#returning.get(callId);
    if (isLive(callId, access)) return undefined;
    const returning = this.#fetch(callId, access);
    this.#returning.set(callId, returning);
    const refusal = await returning;
    this.#returning.delete(callId);
    return refusal;
  }

  async #fetch(callId: CallId, access: SessionAccess): Promise<PrismErrorInfo | undefined> {
    const { handovers, opener, refusal: refusalOf } = this.#parts;
    const handed = await handovers?.find(callId, access);
    if (handed === undefined) return NO_SUCH_CALL;
    const request = { ...handed.request, isReturn: true };
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refusal;
    if ((await handovers?.take(callId)) !== true) return NO_SUCH_CALL;
    const { sessionId, isClientFiltered, record } = handed;
    const kind = {
      transport: 'webrtc',
      expectsController: true,
      isClientFiltered,
      expectsEarlyAudio: false,
    } as const;
    const opened = opener.open(request, kind, { ids: { callId, sessionId }, record });
    if (!opened.isOpened) return opened.error;
    opened.runner.begin();
    return undefined;
  }
}
