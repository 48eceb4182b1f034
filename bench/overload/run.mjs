// Refusals when all places are taken: `node bench/overload/run.mjs [--places 100] [--refusals 1000] [--json FILE]`.
//
// A Prism of its own process with so many places, all of them taken by calls that are being answered; ten times as many
// callers again, in one burst of ten after the other, over HTTP with an offer and over the media WebSocket. Timed
// is each refusal, and, as its peer in the same run, `GET /healthz` of the same server. Of the live calls the gaps
// between packets are taken, before and during the burst: their tails should not change.
import { createSimulator } from '../../packages/engine/dist/index.js';
import { MediaSocketClient } from '../../test/dist/harness/media-socket-client.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { RtcClient } from '../../test/dist/harness/rtc-client.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { openProfiler, printProfile } from '../profile/profiler.mjs';
import { summaryOf } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    places: { type: 'string', default: '100' },
    refusals: { type: 'string', default: '1000' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('overload', values.json);
const PLACES = Number(values.places);
const REFUSALS = Number(values.refusals);
const BURST = 10;
const QUIET_MS = 5_000;

const profiler = openProfiler();
const simulator = await createSimulator({
  script: { timing: { first_audio_ms: 20, audio_ms: 120_000, pace_ratio: 1 } },
});
const { prism, url } = await PrismProcess.serve({
  PRISM_UPSTREAM: 'realtime',
  OPENAI_BASE_URL: simulator.url,
  PRISM_MAX_SESSIONS: String(PLACES),
  PRISM_DRAIN_MS: '0',
  PRISM_LOG_LEVEL: 'warn',
  ...profiler.env,
});

/** Gaps between the packets of one client, in ms. */
class Gaps {
  raw = [];
  #lastMs;

  watch(client) {
    let seen = client.heardAt.length;
    this.timer = setInterval(() => {
      if (client.heardAt.length === seen) return;
      seen = client.heardAt.length;
      const nowMs = performance.now();
      if (this.#lastMs !== undefined) this.raw.push(nowMs - this.#lastMs);
      this.#lastMs = nowMs;
    }, 1);
  }
}

const clients = [];
for (let index = 0; index < PLACES; index += 1)
  clients.push(await MediaSocketClient.connect(url, { format: 'opus' }));
for (const client of clients) {
  while (client.eventOf('session.created') === undefined) await delay(5);
  client.send({ type: 'response.create' });
}
while (clients.some(({ heardAt }) => heardAt.length < 10)) await delay(10);

// One listener in ten is looked at closely: more would load this process.
const watched = clients.filter((_, index) => index % 10 === 0);
const gapsOf = async (action) => {
  const gaps = watched.map((client) => {
    const each = new Gaps();
    each.watch(client);
    return each;
  });
  await action();
  for (const { timer } of gaps) clearInterval(timer);
  return gaps.flatMap(({ raw }) => raw);
};

const offerSdp = await RtcClient.makeOffer();
const times = { http: [], socket: [], healthz: [] };
let wrongAnswers = 0;
const timed = async (name, ask) => {
  const startMs = performance.now();
  const isRight = await ask();
  times[name].push(performance.now() - startMs);
  if (!isRight) wrongAnswers += 1;
};
const call = async () => {
  const headers = { 'content-type': 'application/sdp' };
  const response = await fetch(`${url}/v1/realtime/calls`, {
    method: 'POST',
    headers,
    body: offerSdp,
  });
  return response.status === 503 && (await response.text()).includes('session_limit_reached');
};
const open = async () =>
  MediaSocketClient.connect(url).then(
    () => false,
    (error) => /HTTP 503.*session_limit_reached/.test(String(error)),
  );
const health = async () => (await fetch(`${url}/healthz`)).status === 200;

const quiet = await gapsOf(() => delay(QUIET_MS));
/** So many callers, in bursts and over both ways; a look at the server's health after each burst. */
async function refuse(count) {
  for (let done = 0; done < count; done += BURST) {
    await Promise.all(
      Array.from({ length: BURST }, (_, index) =>
        index % 2 === 0 ? timed('http', call) : timed('socket', open),
      ),
    );
    await timed('healthz', health);
  }
}
const busy = await gapsOf(() => refuse(REFUSALS));
const counted = structuredClone(times);
const profile = await profiler.take(
  `${PLACES} calls are answered, and callers refused`,
  () => prism.signal('SIGUSR2'),
  () => refuse(REFUSALS / 4),
);
profiler.close();

const summary = (raw) => {
  const { count, p50, p95, p99 } = summaryOf(raw);
  const rounded = (ms) => Number(ms.toFixed(1));
  return { count, p50Ms: rounded(p50), p95Ms: rounded(p95), p99Ms: rounded(p99) };
};
const result = {
  places: PLACES,
  wrongAnswers,
  refusedByHttp: summary(counted.http),
  refusedBySocket: summary(counted.socket),
  healthz: summary(counted.healthz),
  packetGapsQuiet: summary(quiet),
  packetGapsUnderRefusals: summary(busy),
  lostCalls: clients.filter(({ end }) => end !== undefined).length,
};
const { places, wrongAnswers: wrong, lostCalls, ...rows } = result;
console.log(`${places} places, ${wrong} wrong answers, ${lostCalls} calls lost`);
console.table(rows);
printProfile(profile);
outcome.write({ ...result, profile, raw: { times: counted, quiet, busy } });

for (const client of clients) client.vanish();
await prism.stop();
await simulator.close();
process.exit(wrongAnswers === 0 && result.lostCalls === 0 ? 0 : 1);

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
