import { invariant } from '../errors/invariant.ts';
import type { TurnController } from './turn-controller.ts';

/** Changes that wait for their sample. */
const PENDING_COUNT_MAX = 16;

interface PendingChange {
  readonly source: TurnController;
  readonly isMuted: boolean;
  readonly atSample: number;
}

/**
 * Turns the client's audio into silence while anybody wants it muted. The audio keeps its length, so that the
 * upstream's clock and its turn detection go on: it hears somebody fall silent, not a gap.
 *
 * Positions are samples of the input since its start. A change holds from exactly its sample on.
 */
export class InputGate {
  readonly #muted = new Set<TurnController>();
  /** By position, then by the order they came in. */
  readonly #pending: PendingChange[] = [];
  #positionSamples = 0;
  #mutedSamples = 0;
  #hurriedChanges = 0;

  get positionSamples(): number {
    return this.#positionSamples;
  }

  get isMuted(): boolean {
    return this.#muted.size > 0;
  }

  /** Samples that were silenced. */
  get mutedSamples(): number {
    return this.#mutedSamples;
  }

  /** Changes that came into force early because too many waited. */
  get hurriedChanges(): number {
    return this.#hurriedChanges;
  }

  /** Mutes or unmutes for one source, from `atSample` on; at once without one, or when it has passed. */
  set(source: TurnController, isMuted: boolean, atSample = this.#positionSamples): void {
    invariant(Number.isInteger(atSample), 'a change of the gate is at a whole sample');
    let at = this.#pending.length;
    while (at > 0 && (this.#pending[at - 1]?.atSample ?? 0) > atSample) at -= 1;
    this.#pending.splice(at, 0, { source, isMuted, atSample });
    this.#settle();
    if (this.#pending.length <= PENDING_COUNT_MAX) return;
    const first = this.#pending.shift();
    if (first === undefined) return;
    this.#hurriedChanges += 1;
    this.#apply(first);
  }

  /** Silences in place what of the next `pcm.length` samples is muted. */
  apply(pcm: Int16Array): void {
    let at = 0;
    while (at < pcm.length) {
      this.#settle();
      const nextSample = this.#pending[0]?.atSample ?? Number.POSITIVE_INFINITY;
      const end = Math.min(pcm.length, at + nextSample - this.#positionSamples);
      if (this.isMuted) {
        pcm.fill(0, at, end);
        this.#mutedSamples += end - at;
      }
      this.#positionSamples += end - at;
      at = end;
    }
    this.#settle();
  }

  #settle(): void {
    for (
      let change = this.#pending[0];
      change !== undefined && change.atSample <= this.#positionSamples;
      change = this.#pending[0]
    ) {
      this.#pending.shift();
      this.#apply(change);
    }
  }

  #apply(change: PendingChange): void {
    if (change.isMuted) this.#muted.add(change.source);
    else this.#muted.delete(change.source);
  }
}
