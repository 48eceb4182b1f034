import { printLiteral, printText } from './print-literal.ts';
import { namedAgent, type Snippet, type SnippetContext } from './snippet-context.ts';

function callUrl(context: SnippetContext): string {
  const { agent, variables } = namedAgent(context);
  const query = new URLSearchParams({
    ...(agent === undefined ? {} : { agent }),
    ...(variables === undefined ? {} : { variables: JSON.stringify(variables) }),
  }).toString();
  return `${context.url}/v1/realtime/calls${query === '' ? '' : `?${query}`}`;
}

function peerLines({ url, settings, needsToken }: SnippetContext): string {
  if (settings.transport !== 'relay') return 'const peer = new RTCPeerConnection();';
  const headers = needsToken ? ', { headers: { Authorization: `Bearer ${token}` } }' : '';
  return `// TURN alone, with credentials of this client's own.
const servers = await fetch(${printText(`${url}/v1/realtime/ice-servers`)}${headers});
const { ice_servers: iceServers } = await servers.json();
const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });`;
}

function configLines({ sessionConfig, actions }: SnippetContext): string {
  const functions = actions.map((action) => ({ type: 'function', ...action }));
  const session = {
    type: 'realtime',
    ...sessionConfig,
    ...(functions.length === 0 ? {} : { tools: functions }),
  };
  return `  if (event.type === 'session.created') {
    send({
      type: 'session.update',
      session: ${printLiteral(session, '      ')},
    });
  }`;
}

function answerLines({ actions }: SnippetContext): string {
  if (actions.length === 0) return '';
  return `
  if (event.type === 'response.done') {
    const calls = event.response.output.filter(({ type }) => type === 'function_call');
    for (const { name, call_id } of calls) {
      console.log(name, 'was called');
      const output = JSON.stringify({ ok: true });
      send({
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id, output },
      });
    }
    if (calls.length > 0) send({ type: 'response.create' });
  }`;
}

function transportNote({ settings }: SnippetContext): string {
  switch (settings.transport) {
    case 'websocket':
      return 'A media WebSocket has frames of its own and is left to the SDK: this is WebRTC.';
    case 'udp':
    case 'tcp':
      return 'Nothing but the browser. Which path ICE takes can’t be set here; the SDK can.';
    default:
      return 'Nothing but the browser, as with OpenAI: no fallback, no measurements.';
  }
}

/** The same call without any library. */
export function webRtcSnippet(context: SnippetContext): Snippet {
  const { needsToken, settings } = context;
  const device =
    settings.microphoneId === undefined
      ? ''
      : `, deviceId: { exact: ${printText(settings.microphoneId)} }`;
  const code = `${needsToken ? "const token = 'ek_…'; // a client secret from your back end: see curl\n" : ''}${peerLines(context)}

const audio = new Audio();
audio.autoplay = true;
peer.ontrack = ({ streams }) => {
  audio.srcObject = streams[0];
};

const microphone = await navigator.mediaDevices.getUserMedia({
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true${device} },
});
peer.addTrack(microphone.getAudioTracks()[0], microphone);

const channel = peer.createDataChannel('oai-events');
const send = (event) => channel.send(JSON.stringify(event));
channel.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  console.log(event.type);
${configLines(context)}${answerLines(context)}
};

await peer.setLocalDescription();
const response = await fetch(${printText(callUrl(context))}, {
  method: 'POST',
  headers: {${needsToken ? ' Authorization: `Bearer ${token}`,' : ''} 'Content-Type': 'application/sdp' },
  body: peer.localDescription.sdp,
});
if (!response.ok) throw new Error(await response.text());
await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
`;
  return {
    name: 'webrtc',
    label: 'WebRTC',
    note: transportNote(context),
    fileName: 'call.js',
    code,
  };
}
