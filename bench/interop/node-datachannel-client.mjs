// A client on node-datachannel: calls the server at URL, sends a tone, and tells what came of it as one line of JSON.
import nodeDataChannel from 'node-datachannel';
import { RtcClient } from '../../test/dist/harness/rtc-client.js';
import { LOUD_RMS, PATIENCE_MS, tone } from './tone.mjs';

const [, , url] = process.argv;
const version = `libdatachannel ${nodeDataChannel.getLibraryVersion()}`;
const result = { version, connected: false, heard: 0, events: [] };
const client = RtcClient.create();
const { status, body } = await client.call(url, {});
if (status !== 201) {
  console.log(JSON.stringify({ ...result, error: body }));
  process.exit(1);
}
const startMs = performance.now();
let hasAsked = false;
while (performance.now() - startMs < PATIENCE_MS) {
  if (client.isChannelOpen && !hasAsked) {
    client.send({ type: 'response.create' });
    hasAsked = true;
  }
  if (client.isConnected) {
    result.connected = true;
    await client.speak(tone(2_400));
  } else await new Promise((resolve) => setTimeout(resolve, 20));
  result.heard = client.heardRms.filter((rms) => rms > LOUD_RMS).length;
  result.events = client.eventTypes();
  if (result.heard >= 20 && result.events.includes('output_audio_buffer.stopped')) break;
}
console.log(JSON.stringify(result));
process.exit(0);
