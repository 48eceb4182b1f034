import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OpusCoder } from './opus-coder.ts';

/** A decoder that gives its sound when the test wants it. */
class SlowDecoder {
  static newest: SlowDecoder;
  state = 'configured';
  readonly #output: (audio: unknown) => void;

  constructor({ output }: { readonly output: (audio: unknown) => void }) {
    this.#output = output;
    SlowDecoder.newest = this;
  }

  configure(): void {}
  decode(): void {}
  close(): void {}

  give(): void {
    this.#output({
      numberOfFrames: 960,
      numberOfChannels: 1,
      sampleRate: 48_000,
      copyTo() {},
      close() {},
    });
  }
}

const WEB_CODECS = {
  AudioEncoder: SlowDecoder,
  AudioDecoder: SlowDecoder,
  EncodedAudioChunk: class {},
};

before(() => Object.assign(globalThis, WEB_CODECS));
after(() => {
  for (const name of Object.keys(WEB_CODECS)) Reflect.deleteProperty(globalThis, name);
});

test('[SOC16] what is being decoded at a cut is not played after it; what comes later is, in its place', () => {
  const played: number[] = [];
  const coder = new OpusCoder(
    { onEncoded: () => undefined, onDecoded: (rtpTimestamp) => played.push(rtpTimestamp) },
    () => assert.fail('no codec has failed'),
  );
  const decoder = SlowDecoder.newest;
  const payload = new Uint8Array(3);
  coder.decode(0, payload);
  decoder.give();
  coder.decode(960, payload);
  coder.decode(1_920, payload);
  coder.forget();
  coder.decode(9_600, payload);
  for (let count = 0; count < 3; count += 1) decoder.give();
  assert.deepEqual(played, [0, 9_600]);
});
