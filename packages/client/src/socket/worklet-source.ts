import { PLAYOUT_LIMITS, PlayoutBuffer } from './playout-buffer.ts';

/** Names that the two processors are registered by. */
export const CAPTURE_PROCESSOR = 'prism-capture';
export const PLAYOUT_PROCESSOR = 'prism-playout';

/** Rate of the audio context that both run in. */
export const CONTEXT_SAMPLE_RATE_HZ = 24_000;

/** Samples of a captured frame: 20 ms. */
export const FRAME_SAMPLES = 480;

/** What the page tells the playout processor. */
export type PlayoutOrder =
  | {
      readonly type: 'frame';
      readonly rtpTimestamp: number;
      /** 24 kHz, mono; handed over. */
      readonly samples: Float32Array;
    }
  | { readonly type: 'flush' };

/** What the playout processor tells the page, every 16 ms and after a flush. */
export interface PlayoutReport {
  /** {@link PlayoutBuffer.position}, as it is at `atS` of the audio context's time. */
  readonly position: PlayoutBuffer['position'];
  readonly atS: number;
  /** RMS of what was played since the report before. */
  readonly rms: number;
  /** Told after a flush alone: {@link PlayoutBuffer.flush}. */
  readonly silentAt: number | undefined;
}

/**
 * The code of both AudioWorklet processors. A worklet can't share the page's modules, so the buffer's own text goes
 * into it.
 */
export function workletSource(): string {
  return `
    const Buffer = (${PlayoutBuffer.toString()});
    const REPORT_QUANTA = 3;

    registerProcessor('${CAPTURE_PROCESSOR}', class extends AudioWorkletProcessor {
      process([[samples]]) {
        if (samples !== undefined) this.port.postMessage(samples.slice());
        return true;
      }
    });

    registerProcessor('${PLAYOUT_PROCESSOR}', class extends AudioWorkletProcessor {
      #buffer = new Buffer(${JSON.stringify(PLAYOUT_LIMITS)});
      #quanta = 0;
      #power = 0;
      #samples = 0;
      constructor() {
        super();
        this.port.onmessage = ({ data }) => {
          if (data.type === 'frame') this.#buffer.push(data.rtpTimestamp, data.samples, currentTime * 1000);
          else this.#report(this.#buffer.flush());
        };
      }
      process(_inputs, [output]) {
        const channel = output[0];
        this.#buffer.pull(channel, currentTime * 1000);
        for (const sample of channel) this.#power += sample * sample;
        this.#samples += channel.length;
        for (const other of output) if (other !== channel) other.set(channel);
        this.#quanta += 1;
        if (this.#quanta % REPORT_QUANTA === 0) this.#report();
        return true;
      }
      #report(silentAt) {
        const rms = this.#samples === 0 ? 0 : Math.sqrt(this.#power / this.#samples);
        this.port.postMessage({ position: this.#buffer.position, atS: currentTime, rms, silentAt });
        this.#power = 0;
        this.#samples = 0;
      }
    });
  `;
}
