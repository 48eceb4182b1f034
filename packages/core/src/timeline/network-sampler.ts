import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { NetworkSample, SampledStats } from './network-sample.ts';

/** The first sample is taken so long after media has connected, when a round trip is known as a rule. */
const FIRST_MS = 500;
/** Time between samples. */
export const NETWORK_SAMPLE_INTERVAL_MS = 5_000;

/** Says when the network is to be sampled, and makes samples of running counts. */
export class NetworkSampler {
  #dueAtMs = Number.POSITIVE_INFINITY;
  #isDue = false;
  #before: SampledStats | undefined;

  get isDue(): boolean {
    return this.#isDue;
  }

  /** Media flows, for the first time or again. */
  begin(nowMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + FIRST_MS);
  }

  elapse(nowMs: number): void {
    if (nowMs >= this.#dueAtMs) this.#isDue = true;
  }

  /** Makes a sample of the counts by now. Counts that went down are those of a new peer. */
  sample(stats: SampledStats, nowMs: number): NetworkSample {
    const before = this.#before?.inbound.packets ?? 0;
    const last = stats.inbound.packets < before ? undefined : this.#before;
    this.#before = stats;
    this.#isDue = false;
    this.#dueAtMs = nowMs + NETWORK_SAMPLE_INTERVAL_MS;
    const { rttMs, inbound, outbound } = stats;
    const concealedSamples = inbound.concealedSamples - (last?.inbound.concealedSamples ?? 0);
    return {
      rttMs,
      inbound: {
        packets: inbound.packets - (last?.inbound.packets ?? 0),
        packetsLost: inbound.packetsLost - (last?.inbound.packetsLost ?? 0),
        jitterMs: inbound.jitterMs,
        concealedMs: concealedSamples / SAMPLES_PER_MS,
      },
      outbound: {
        packets: outbound.packets - (last?.outbound.packets ?? 0),
        fractionLost: outbound.fractionLost,
        jitterMs: outbound.jitterMs,
      },
    };
  }
}
