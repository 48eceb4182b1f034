// What of an answer's first sound is heard, by how much silence is before it: `node bench/onset/run.mjs
// [--guards 20,10,5,1] [--count 8] [--json]`. Needs Chromium and PulseAudio (apt-get install pulseaudio pulseaudio-utils).
//
// A page with the SDK hears answers after pauses in which nothing was sent: a tone that is there at once, with so much
// silence before it as `--guards` says, in turns, sent as it is. It is recorded behind the system's mixer. A browser that
// has played out fades what comes next in, unless its beginning is as quiet as what was: that is what is looked for.
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { eventually } from '../../test/dist/harness/eventually.js';
import { mintSecret } from '../../test/dist/harness/mint-secret.js';
import { startPrismOnFakeUpstream } from '../../test/dist/harness/prism-on-fake-upstream.js';
import { INIT_SCRIPT, servePages } from '../bargein/pages.mjs';
import { RATE_HZ, Speaker } from '../bargein/speaker.mjs';
import { readOptions } from '../options.mjs';
import { median } from '../samples.mjs';

const KEY = 'sk-bench';
const SAMPLES_PER_MS = 24;
const TONE_MS = 300;
const TONE_PEAK = 5_000;
/** A voice's own noise in its silence: -80 dBFS. */
const NOISE_PEAK = 6;
/** An answer, and a pause in which the browser plays out. */
const TURN_MS = 2_200;
const WINDOW_SAMPLES = RATE_HZ / 1_000;
/** Quieter than this share of the tone nothing is it. */
const FIRST_SHARE = 0.02;

const { values } = readOptions(import.meta.url, {
  options: {
    guards: { type: 'string', default: '20,10,5,1' },
    count: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const guardsMs = values.guards.split(',').map(Number);

function answerOf(guardMs) {
  const silenceSamples = guardMs * SAMPLES_PER_MS;
  return Int16Array.from({ length: silenceSamples + TONE_MS * SAMPLES_PER_MS }, (_, index) =>
    index < silenceSamples
      ? Math.round((Math.random() * 2 - 1) * NOISE_PEAK)
      : Math.round(TONE_PEAK * Math.sin((2 * Math.PI * (index - silenceSamples)) / 24)),
  );
}

/** Shares of the tone's level by ms from its first sound on; undefined if it wasn't heard in one piece. */
function onsetIn(pcm) {
  const levels = Array.from({ length: Math.floor(pcm.length / WINDOW_SAMPLES) }, (_, at) => {
    const part = pcm.subarray(at * WINDOW_SAMPLES, (at + 1) * WINDOW_SAMPLES);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
  });
  const loudest = Math.max(...levels);
  const level = median(levels.filter((each) => each > loudest * 0.8));
  const first = levels.findIndex((each) => each > level * FIRST_SHARE);
  const last = levels.findLastIndex((each) => each > level / 2);
  const isWhole = level > TONE_PEAK / 4 && Math.abs(last - first + 1 - TONE_MS) < 25;
  return isWhole ? levels.slice(first, first + 20).map((each) => each / level) : undefined;
}

async function openPage(browser, server, origin) {
  const page = await browser.newPage();
  await page.addInitScript({ content: INIT_SCRIPT });
  await page.exposeFunction('labAnswer', (sdp) => sdp);
  await page.goto(`${origin}/prism.html`);
  await page.waitForFunction('document.title === "ready"');
  const secret = await mintSecret(server.url, { key: KEY, session: { type: 'realtime' } });
  const connected = page.evaluate(`app.connect('${server.url}', '${secret}')`);
  const session = await eventually('a session', () => server.upstream.sessions.at(-1));
  const react = ({ type }) => {
    if (type === 'session.update') session.send({ type: 'session.updated', session: {} });
  };
  session.onEvent(react);
  session.events.forEach(react);
  await connected;
  return session;
}

const speaker = await Speaker.open();
const pages = await servePages();
const server = await startPrismOnFakeUpstream({
  apiKeys: [KEY],
  allowedOrigins: [pages.origin],
  trimsLeadingSilence: false,
});
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  ignoreDefaultArgs: ['--mute-audio'],
  env: { ...process.env, ...speaker.env },
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
});
const heard = new Map(guardsMs.map((guardMs) => [guardMs, []]));
try {
  const session = await openPage(browser, server, pages.origin);
  await pause(TURN_MS);
  for (let turn = 0; turn < Number(values.count); turn += 1)
    for (const guardMs of guardsMs) {
      const fromMs = performance.timeOrigin + performance.now();
      session.answer(answerOf(guardMs), `resp_${turn}_${guardMs}`, `item_${turn}_${guardMs}`);
      await pause(TURN_MS + ((turn * 7) % 20));
      heard.get(guardMs).push(onsetIn(speaker.between(fromMs, fromMs + TURN_MS - 100)));
    }
} finally {
  await browser.close();
  await server.close();
  pages.close();
  speaker.close();
}

const rows = [...heard].map(([guardMs, all]) => {
  const whole = all.filter((each) => each !== undefined);
  const powerDb = (each) => 10 * Math.log10(each.reduce((sum, share) => sum + share ** 2, 0) / 20);
  return {
    guardMs,
    judged: `${whole.length} of ${all.length}`,
    to90PercentMs: median(whole.map((each) => each.findIndex((share) => share >= 0.9))),
    first20MsDb: median(whole.map(powerDb)),
    after4Ms: median(whole.map((each) => each[4])),
  };
});
if (values.json) console.log(JSON.stringify({ rows, heard: [...heard] }, undefined, 1));
else {
  console.log(
    "a tone that is there at once, as it is heard, medians; 'after 4 ms' is its level then",
  );
  console.table(
    rows.map((row) => ({
      'silence before ms': row.guardMs,
      judged: row.judged,
      'to 90 % ms': row.to90PercentMs,
      'after 4 ms': row.after4Ms?.toFixed(2),
      'first 20 ms dB': row.first20MsDb?.toFixed(1),
    })),
  );
}
