// Calls that a server has before it is measured: V8 compiles what runs often only after thousands of packets, so that the
// first call of a process is slower than one that comes later.
import { encodeTimeCode } from '@prism/engine';

export const WARM_UP = { callCount: 20, answerCount: 30 };

const ANSWER_FRAMES = 15;
const ANSWER_EVERY_MS = 400;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets calls talk all the time, and answers each now and then. `startCalls(count)` as `{ stop() }`. */
export async function warmUp(upstream, startCalls) {
  const known = upstream.sessions.length;
  const calls = await startCalls(WARM_UP.callCount);
  const sessions = upstream.sessions.slice(known);
  const sound = encodeTimeCode(0, ANSWER_FRAMES);
  for (let answer = 0; answer < WARM_UP.answerCount; answer += 1) {
    for (const session of sessions) session.announce(`resp_w${answer}`);
    await pause(ANSWER_EVERY_MS / 2);
    for (const session of sessions) session.speak(sound, `resp_w${answer}`, `item_w${answer}`);
    await pause(ANSWER_EVERY_MS / 2);
  }
  await calls.stop();
}
