import { TOOL_CONFIRMATION_COUNT_MAX, TOOL_CONFIRMATION_MS } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';

/** What somebody has to agree to: one tool with these arguments and no others. */
export interface Confirmation {
  readonly id: string;
  readonly tool: string;
  /** The arguments as {@link canonicalJson} writes them. */
  readonly argumentsJson: string;
}

/**
 * How far agreement has come. `told`: the model knows that it must ask. `asked`: it has spoken since. `heard`: and the
 * user after that. `approved`: an event said yes.
 */
type Progress = 'told' | 'asked' | 'heard' | 'approved';

/** A call that must be agreed to. */
export interface ConfirmedCall extends Omit<Confirmation, 'id'> {
  readonly by: 'client' | 'spoken';
  /** The response that made it. */
  readonly responseId: string;
}

interface OpenConfirmation extends Confirmation, Omit<ConfirmedCall, 'responseId'> {
  /** The last response that made the call: it is no question. */
  responseId: string;
  expiresAtMs: MonotonicMs;
  progress: Progress;
}

/** Of a call that must be agreed to: it may run, or it waits for agreement. */
export type ConfirmationVerdict =
  | { readonly type: 'confirmed' }
  | { readonly type: 'required'; readonly confirmation: Confirmation; readonly isNew: boolean };

/**
 * Agreements, each to one tool with exact arguments, each good for one call.
 *
 * At most {@link TOOL_CONFIRMATION_COUNT_MAX} are open, the oldest goes; each is over after
 * {@link TOOL_CONFIRMATION_MS}.
 */
export class Confirmations {
  readonly #newId: () => string;
  readonly #open = new Map<string, OpenConfirmation>();
  #evictions = 0;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Those that were given up for newer ones. */
  get evictions(): number {
    return this.#evictions;
  }

  /** A call comes: consumes the agreement to it if there is one. */
  take(call: ConfirmedCall, nowMs: MonotonicMs): ConfirmationVerdict {
    this.#expire(nowMs);
    const open = [...this.#open.values()].find(
      ({ tool, argumentsJson }) => tool === call.tool && argumentsJson === call.argumentsJson,
    );
    if (open === undefined) return this.#ask(call, nowMs);
    const isAgreed =
      open.progress === 'approved' || (open.by === 'spoken' && open.progress === 'heard');
    if (!isAgreed) {
      open.responseId = call.responseId;
      return { type: 'required', confirmation: open, isNew: false };
    }
    this.#open.delete(open.id);
    return { type: 'confirmed' };
  }

  /** An event decides. Undefined if there is nothing of that id to decide. */
  decide(id: string, isApproved: boolean, nowMs: MonotonicMs): Confirmation | undefined {
    this.#expire(nowMs);
    const open = this.#open.get(id);
    if (open === undefined || open.progress === 'approved') return undefined;
    if (!isApproved) this.#open.delete(id);
    open.progress = 'approved';
    open.expiresAtMs = after(nowMs, TOOL_CONFIRMATION_MS);
    return open;
  }

  /** The model has answered, and may have asked: not in a response that made the call itself. */
  modelSpoke(responseId: string): void {
    for (const open of this.#open.values())
      if (open.progress === 'told' && open.responseId !== responseId) open.progress = 'asked';
  }

  /** The user has had a turn. */
  userSpoke(): void {
    for (const open of this.#open.values()) if (open.progress === 'asked') open.progress = 'heard';
  }

  /** Those that nobody has decided on. */
  undecided(nowMs: MonotonicMs): readonly Confirmation[] {
    this.#expire(nowMs);
    return [...this.#open.values()].filter(({ progress }) => progress !== 'approved');
  }

  #ask(call: ConfirmedCall, nowMs: MonotonicMs): ConfirmationVerdict {
    const id = this.#newId();
    const expiresAtMs = after(nowMs, TOOL_CONFIRMATION_MS);
    const confirmation: OpenConfirmation = { ...call, id, expiresAtMs, progress: 'told' };
    this.#open.set(id, confirmation);
    const [oldest] = this.#open.keys();
    if (this.#open.size > TOOL_CONFIRMATION_COUNT_MAX && oldest !== undefined) {
      this.#open.delete(oldest);
      this.#evictions += 1;
    }
    return { type: 'required', confirmation, isNew: true };
  }

  #expire(nowMs: MonotonicMs): void {
    for (const { id, expiresAtMs } of this.#open.values())
      if (expiresAtMs <= nowMs) this.#open.delete(id);
  }
}
