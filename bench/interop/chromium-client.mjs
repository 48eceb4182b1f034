// A client in Chromium: calls the server at URL, sends its fake microphone, and tells what came of it as JSON.
import { startBrowser } from '../../test/dist/harness/browser.js';
import { PATIENCE_MS } from './tone.mjs';

const [, , url, way] = process.argv;

/** Runs in the page. */
async function call({ server, patienceMs, isRelayed }) {
  const result = { connected: false, heard: 0, events: [] };
  const asked = isRelayed ? await fetch(`${server}/v1/realtime/ice-servers`) : undefined;
  const iceServers = asked === undefined ? [] : (await asked.json()).ice_servers;
  const iceTransportPolicy = isRelayed ? 'relay' : 'all';
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy });
  const channel = peer.createDataChannel('oai-events');
  channel.onopen = () => channel.send(JSON.stringify({ type: 'response.create' }));
  channel.onmessage = ({ data }) => result.events.push(JSON.parse(data).type);
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  peer.addTrack(microphone.getAudioTracks()[0], microphone);
  // Nothing is decoded that nobody plays.
  const speaker = new Audio();
  peer.ontrack = ({ streams: [stream] }) => {
    speaker.srcObject = stream;
    void speaker.play();
  };
  await peer.setLocalDescription(await peer.createOffer());
  while (isRelayed && peer.iceGatheringState !== 'complete')
    await new Promise((resolve) => setTimeout(resolve, 20));
  const response = await fetch(`${server}/v1/realtime/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  const answer = await response.text();
  if (response.status !== 201) return { ...result, error: answer };
  await peer.setRemoteDescription({ type: 'answer', sdp: answer });
  const startMs = performance.now();
  while (performance.now() - startMs < patienceMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    result.connected ||= peer.connectionState === 'connected';
    const stats = [...(await peer.getStats()).values()];
    const inbound = stats.find(({ type }) => type === 'inbound-rtp');
    // A second of the tone has an energy of 0.03 of full scale.
    result.heard = Math.round((inbound?.totalAudioEnergy ?? 0) * 1_000);
    if (result.heard >= 20 && result.events.includes('output_audio_buffer.stopped')) break;
  }
  peer.close();
  return result;
}

const browser = await startBrowser();
const page = await browser.newPage();
await page.goto(url);
const result = await page.evaluate(call, {
  server: url,
  patienceMs: PATIENCE_MS,
  isRelayed: way === 'TURN',
});
const version = `Chromium ${browser.version()}`;
await browser.close();
console.log(JSON.stringify({ version, ...result }));
process.exit(0);
