import { decodeTimeCode } from '@prism/engine';
import { isRtcp, parseRtpPacket } from '@prism/protocol';
import { createOpusCodec } from '@prism/server/internal';
import type { RtcClient } from './rtc-client.ts';

/** The answer's first sound is loud; a packet before it is silence. */
const SOUND_RMS = 500;

/** When a client hears the first sound of an answer, which it reports as a loudspeaker without a buffer would. */
export class FirstSound {
  /** Codes of the frames heard so far. */
  readonly codes: number[] = [];
  atMs = Number.NaN;
  readonly #decoder = createOpusCodec().openDecoder();
  #pcm = new Int16Array(0);

  /** This process' monotonic clock, which the client has too. */
  get nowMs(): number {
    return performance.now();
  }

  constructor(client: RtcClient) {
    client.packetListener = (bytes) => {
      const packet = isRtcp(bytes) ? undefined : parseRtpPacket(bytes);
      if (packet === undefined) return;
      const pcm = this.#decoder.decode(packet.payload)?.slice();
      if (pcm === undefined) return;
      if (Number.isNaN(this.atMs) && rmsOf(pcm) < SOUND_RMS) return;
      if (Number.isNaN(this.atMs)) {
        this.atMs = this.nowMs;
        client.send({
          type: 'prism.playout.report',
          reason: 'started',
          ssrc: packet.ssrc,
          // In the middle of this packet, which it plays as it comes.
          rtp_timestamp: (packet.timestamp + 480) >>> 0,
          client_time_ms: this.atMs + 10,
        });
      }
      const all = new Int16Array(this.#pcm.length + pcm.length);
      all.set(this.#pcm);
      all.set(pcm, this.#pcm.length);
      this.#pcm = all;
      this.codes.splice(0, this.codes.length, ...decodeTimeCode(all).map(({ code }) => code));
    };
  }
}

function rmsOf(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}
