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

/** Before the page's own scripts: the microphone, the way to the server, and a log of the events channel. */
export const INIT_SCRIPT = `
(() => {
  const lab = { events: [], sent: [], connections: [] };
  window.lab = lab;
  const wallMs = () => performance.timeOrigin + performance.now();
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    const voice = new OscillatorNode(context, { type: 'sawtooth', frequency: 180 });
    const gain = new GainNode(context, { gain: 0 });
    const out = new MediaStreamAudioDestinationNode(context);
    voice.connect(gain).connect(out);
    voice.start();
    await context.resume();
    lab.say = (durationMs) => {
      const at = context.currentTime + 0.005;
      gain.gain.setValueAtTime(0.3, at);
      gain.gain.setValueAtTime(0, at + durationMs / 1000);
      lab.spoken = () => lineMs() + (at + durationMs / 1000) * 1000;
      return wallMs() + 5;
    };
    // The context's time moves in bursts. A sound's moment is that at which the burst that ends with it is made, as a
    // microphone hands on what it has just heard: of the last 2 s the quickest of each 100 ms, and of these the median.
    const leads = [];
    const lineMs = () => leads.map((each) => Math.min(...each)).sort((one, other) => one - other)[leads.length >> 1];
    setInterval(() => {
      if (leads.length === 0 || leads.at(-1).length === 20) leads.push([]);
      leads.at(-1).push(wallMs() - context.currentTime * 1000);
      if (leads.length > 21) leads.shift();
    }, 5);
    return out.stream;
  };
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
