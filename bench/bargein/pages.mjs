// The pages under test: Prism's SDK over WebRTC, over the media WebSocket and over what it chooses, and the official
// one, each with a microphone that makes sound when it is told to, and ears on its data channel and its sockets.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../test/package.json', import.meta.url));
const OFFICIAL_PATH = join(dirname(require.resolve('@openai/agents-realtime')), 'bundle');
const PRISM_PATH = fileURLToPath(new URL('../../packages/client/dist', import.meta.url));

/**
 * The device behind the page's microphone, on a thread of its own: 48 kHz, and 180 Hz with all their harmonics while it
 * makes sound. When each of its samples is made is known to a fraction of a millisecond.
 */
const MICROPHONE_SCRIPT = `
const RATE_HZ = 48000;
const CHUNK_SAMPLES = 480;
const CHUNK_MS = 10;
const wallMs = () => performance.timeOrigin + performance.now();
// Three periods, which are a whole number of samples.
const WAVE = Float32Array.from({ length: 800 }, (_, at) => {
  let value = 0;
  for (let harmonic = 1; harmonic * 180 < RATE_HZ / 2; harmonic += 1)
    value += Math.sin((2 * Math.PI * 3 * harmonic * at) / 800) / harmonic;
  return (0.3 * 2 * value) / Math.PI;
});
let writer;
let startMs;
let chunks = 0;
let sound = { from: 0, to: 0 };
const handOn = () => {
  for (; startMs + (chunks + 1) * CHUNK_MS <= wallMs(); chunks += 1) {
    const first = chunks * CHUNK_SAMPLES;
    const data = Float32Array.from({ length: CHUNK_SAMPLES }, (_, index) => {
      const at = first + index;
      return at >= sound.from && at < sound.to ? WAVE[at % WAVE.length] : 0;
    });
    void writer.write(new AudioData({
      format: 'f32-planar',
      sampleRate: RATE_HZ,
      numberOfFrames: CHUNK_SAMPLES,
      numberOfChannels: 1,
      timestamp: chunks * CHUNK_MS * 1000,
      data,
    }));
  }
  // A timer that comes a moment early would have to wait for 4 ms.
  setTimeout(handOn, Math.ceil(startMs + (chunks + 1) * CHUNK_MS - wallMs()));
};
onmessage = ({ data: { writable, durationMs } }) => {
  if (writable !== undefined) {
    writer = writable.getWriter();
    startMs = wallMs();
    handOn();
    postMessage({});
    return;
  }
  // Not yet handed on: what is made now is part of a piece that isn't over.
  const from = Math.ceil((wallMs() - startMs) * (RATE_HZ / 1000));
  sound = { from, to: from + durationMs * (RATE_HZ / 1000) };
  postMessage({ onsetMs: startMs + from / (RATE_HZ / 1000) });
};
`;

/** Before the page's own scripts: the microphone, the way to the server, and a log of the events channel. */
export const INIT_SCRIPT = `
(() => {
  const lab = { events: [], sent: [], connections: [] };
  window.lab = lab;
  const wallMs = () => performance.timeOrigin + performance.now();
  // As a device does it, the microphone hands on each 10 ms when they are over.
  navigator.mediaDevices.getUserMedia = async () => {
    const track = new MediaStreamTrackGenerator({ kind: 'audio' });
    const { writable } = track;
    const device = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(MICROPHONE_SCRIPT)}])));
    device.postMessage({ writable }, [writable]);
    lab.say = async (durationMs) => {
      device.postMessage({ durationMs });
      const { onsetMs } = (await once(device)).data;
      lab.spoken = () => onsetMs + durationMs;
      return onsetMs;
    };
    await once(device);
    return new MediaStream([track]);
  };
  const once = (target) => new Promise((resolve) => target.addEventListener('message', resolve, { once: true }));
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      lab.connections.push(this);
    }
    createDataChannel(...args) {
      const channel = super.createDataChannel(...args);
      channel.addEventListener('message', ({ data }) => {
        const event = JSON.parse(data);
        lab.events.push({ atMs: wallMs(), type: event.type, responseId: event.response_id, audioEndMs: event.audio_end_ms, error: event.error });
      });
      const send = channel.send.bind(channel);
      channel.send = (text) => {
        lab.sent.push({ atMs: wallMs(), event: JSON.parse(text) });
        lab.channel = channel;
        return send(text);
      };
      lab.channel = channel;
      return channel;
    }
    async setRemoteDescription({ type, sdp }) {
      await super.setRemoteDescription({ type, sdp: await window.labAnswer(sdp) });
    }
  };
  const PlainSocket = window.WebSocket;
  window.WebSocket = class extends PlainSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') return;
        const event = JSON.parse(data);
        lab.events.push({ atMs: wallMs(), type: event.type, responseId: event.response_id, audioEndMs: event.audio_end_ms, error: event.error });
      });
    }
    send(data) {
      if (typeof data === 'string') lab.sent.push({ atMs: wallMs(), event: JSON.parse(data) });
      super.send(data);
    }
  };
  lab.take = () => ({ events: lab.events.splice(0), sent: lab.sent.splice(0) });
  const soundStats = async (connection) => [...(await connection.getStats()).values()]
    .filter(({ type, kind }) => type === 'media-playout' || (type === 'inbound-rtp' && kind === 'audio'));
  // Of the newest connection that has played something: one that was opened to replace it has nothing to tell yet.
  lab.stats = async () => {
    const all = await Promise.all(lab.connections.map(soundStats));
    return all.findLast((stats) => stats.some(({ type }) => type === 'inbound-rtp')) ?? [];
  };
})();
`;

/** For comparing: the page asks for a smaller jitter buffer, and nothing comes of it. */
export const WITHOUT_JITTER_TARGET_SCRIPT = `
Object.defineProperty(RTCRtpReceiver.prototype, 'jitterBufferTarget', { set() {}, get: () => null });
`;

const CONFIG = `{ type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 300, prefix_padding_ms: 100 } } } }`;

const prismApp = (transport) => `
import { PrismSession } from '/prism/index.js';
window.app = {
  connect: async (url, token) => {
    window.session = await PrismSession.connect({ transport: '${transport}', url, token, sessionConfig: ${CONFIG} });
  },
  create: () => session.send({ type: 'response.create' }),
  stop: () => session.interrupt(),
  close: () => session.close(),
};
document.title = 'ready';
`;

/** What the SDK's own jitter buffer tells, as a browser tells of its own. */
const SOCKET_STATS = `
lab.stats = async () => {
  const { inbound } = await session.statistics();
  return [{
    type: 'inbound-rtp',
    jitterBufferDelay: inbound.jitterBufferDelayMs / 1000,
    jitterBufferEmittedCount: inbound.jitterBufferEmittedCount,
    concealedSamples: 0,
    insertedSamplesForDeceleration: 0,
    removedSamplesForAcceleration: 0,
    packetsLost: 0,
  }];
};
`;

const APPS = {
  prism: prismApp('webrtc'),
  socket: `${prismApp('websocket')}${SOCKET_STATS}`,
  auto: prismApp('auto'),
  official: `
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession } from '/official/openai-realtime-agents.mjs';
const transport = new OpenAIRealtimeWebRTC();
const session = new RealtimeSession(new RealtimeAgent({ name: 'Talker', instructions: 'Talk.' }), {
  transport,
  config: { audio: { input: { turnDetection: { type: 'server_vad', silenceDurationMs: 300, prefixPaddingMs: 100 } } } },
});
window.app = {
  connect: (url, apiKey) => session.connect({ apiKey, url: url + '/v1/realtime/calls' }),
  create: () => transport.sendEvent({ type: 'response.create' }),
  stop: () => session.interrupt(),
  close: () => session.close(),
};
document.title = 'ready';
`,
};

/** The SDK's own file, or one that silences every jitter buffer: to see how well it knows where it fell silent. */
function sdkFile(name, isAlwaysSilent) {
  const text = readFileSync(join(PRISM_PATH, name), 'utf8');
  if (!isAlwaysSilent || name !== 'playout-reporter.js') return text;
  return text.replace(/(SILENCING_JITTER_BUFFER_MS_MIN = )\d+/, '$1-1');
}

/** Serves the pages at `/prism.html`, `/socket.html` and `/auto.html` (the same over other ways) and `/official.html`. */
export async function servePages({ isAlwaysSilent = false } = {}) {
  const server = createServer(({ url = '/' }, response) => {
    const script = (text) => {
      response.setHeader('content-type', 'text/javascript');
      response.end(text);
    };
    const [, folder, ...rest] = url.split('/');
    if (folder === 'prism') return script(sdkFile(normalize(rest.join('/')), isAlwaysSilent));
    if (folder === 'official') return script(readFileSync(join(OFFICIAL_PATH, basename(url))));
    const name = basename(url).split('.')[0];
    if (url.endsWith('.mjs')) return script(APPS[name]);
    response.setHeader('content-type', 'text/html');
    return response.end(`<!doctype html><script type="module" src="/${name}.mjs"></script>`);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
