// Calls that talk all the time: `load.mjs URL COUNT`, told to the parent once all are connected.
import { eventually } from '../../test/dist/harness/eventually.js';
import { CodedMicrophone } from '../../test/dist/harness/network/coded-microphone.js';
import { RtcClient } from '../../test/dist/harness/rtc-client.js';

const [, , url, count] = process.argv;
const ROUND_FRAMES = 1_000;

for (let call = 0; call < Number(count); call += 1) {
  const client = await RtcClient.connect(url);
  await eventually('connection', () => client.isConnected);
  const talk = async () => {
    for (;;) await new CodedMicrophone(client, { frameCount: ROUND_FRAMES }).speak();
  };
  void talk();
}
process.send?.('ready');
