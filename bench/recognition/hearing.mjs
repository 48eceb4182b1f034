// Hears a recording as a session would: an ear of its own, and a small turn machine.

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 240;
const CHUNK_SAMPLES = RATE_HZ / 50;

/** The smallest turn machine: 60 ms of speech begin a turn, 500 ms of silence end it. */
export class Turns {
  #speechFrames = 0;
  #silentFrames = 0;
  #frame = 0;
  #isOpen = false;

  constructor(begin, end) {
    this.begin = begin;
    this.end = end;
  }

  hear(probabilities) {
    for (const probability of probabilities) {
      this.#frame++;
      if (probability > 0.5) {
        this.#speechFrames++;
        this.#silentFrames = 0;
      } else {
        this.#speechFrames = 0;
        this.#silentFrames++;
      }
      if (!this.#isOpen && this.#speechFrames >= 6) {
        this.#isOpen = true;
        this.begin(Math.max(0, this.#frame - 6 - 30) * FRAME_SAMPLES);
      } else if (this.#isOpen && this.#silentFrames >= 50) {
        this.#isOpen = false;
        this.end(this.#frame * FRAME_SAMPLES);
      }
    }
  }
}

/** Pushes a recording as it comes out of a microphone. */
function pushInRealTime(ear, pcm) {
  const startMs = performance.now();
  let at = 0;
  const timer = setInterval(() => {
    const dueSamples = ((performance.now() - startMs) * RATE_HZ) / 1000;
    for (; at < pcm.length && at < dueSamples; at += CHUNK_SAMPLES) {
      ear.push(pcm.subarray(at, at + CHUNK_SAMPLES));
    }
    if (at >= pcm.length) clearInterval(timer);
  }, 10);
}

/**
 * Hears one recording; the longest accepted turn counts, or else the longest.
 *
 * @returns The hearing (undefined if nothing was heard), its partial texts, and for recordings that are pushed in real
 * time how long after the end of the turn the result came.
 */
export function hear(ears, { grammar, pcm, isRealTime = false }) {
  return new Promise((resolve) => {
    const results = [];
    const partials = [];
    let openCount = 0;
    let turnId = 0;
    let toldSamples = 0;
    let endedAtMs = 0;
    let finishMs;
    const settle = () => {
      if (toldSamples + FRAME_SAMPLES <= pcm.length || openCount > 0) return;
      ear.close();
      const [hearing] = results
        .filter(({ text }) => text !== '')
        .sort((a, b) => b.isAccepted - a.isAccepted || b.speechMs - a.speechMs);
      resolve({ hearing, finishMs, partials });
    };
    const turns = new Turns(
      (fromSample) => {
        openCount++;
        ear.begin(`turn-${++turnId}`, fromSample);
      },
      (toSample) => {
        endedAtMs = performance.now();
        ear.end(`turn-${turnId}`, toSample);
      },
    );
    const ear = ears.open(grammar, {
      activity(firstSample, probabilities) {
        toldSamples = firstSample + probabilities.length * FRAME_SAMPLES;
        turns.hear(probabilities);
        settle();
      },
      partial: (_id, text) => partials.push(text),
      final(_id, hearing) {
        finishMs = performance.now() - endedAtMs;
        openCount--;
        results.push(hearing);
        settle();
      },
      failed(_id, reason) {
        throw new Error(reason);
      },
    });
    if (isRealTime) {
      pushInRealTime(ear, pcm);
      return;
    }
    for (let at = 0; at < pcm.length; at += CHUNK_SAMPLES) {
      ear.push(pcm.subarray(at, at + CHUNK_SAMPLES));
    }
  });
}
