// One arm of bench/transport: echoes RTP of whoever calls. Its arguments: `front` or `stack`, and the checkout's path.
//
// `front` is the media port with Prism's peers behind it, as the server has them; `stack` node-datachannel
// (libdatachannel), with one UDP port for all. Codecs, sessions and upstreams are left out of both.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [arm, checkout] = process.argv.slice(2);
const load = (path) => import(join(checkout, path));
const { readOffer } = await load('packages/protocol/dist/index.js');
const { default: nodeDataChannel } = await import(
  createRequire(join(checkout, 'packages/server/package.json')).resolve('node-datachannel')
);
const randomUint32 = () => randomBytes(4).readUInt32BE();
const HOST = '127.0.0.1';
let echoed = 0;

async function frontAnswers(port) {
  const { MediaPort } = await load('packages/server/dist/ice/media-port.js');
  const { createPeerFactory } = await load('packages/server/dist/webrtc/peer-factory.js');
  const { systemClock } = await load('packages/server/dist/runtime/system-clock.js');
  const front = await MediaPort.open({
    mediaPort: port,
    bindAddress: HOST,
    usesTcp: false,
    expectsProxyHeader: false,
    nodeId: '',
    addresses: { publicAddresses: [], interfaces: [], networks: [], bindAddress: HOST },
    clock: systemClock,
  });
  // Awaited for the sake of `--base`: it was a promise once.
  const peers = await createPeerFactory({ front, clock: systemClock, randomUint32 });
  const nothing = () => undefined;
  return async (offer) => {
    const call = { peer: undefined };
    const listener = {
      connected: nothing,
      closed: nothing,
      lost: nothing,
      channelOpened: nothing,
      channelMessage: nothing,
      channelClosed: nothing,
      packet: (bytes) => {
        echoed += 1;
        call.peer.sendPacket(bytes);
      },
    };
    const options = { dataChannelId: undefined, clientAddress: HOST };
    const accepted = await peers.accept(offer, listener, options);
    if (!accepted.isAccepted) throw new Error(accepted.error.message);
    call.peer = accepted.peer;
    return accepted.peer.answerSdp;
  };
}

/** As Prism was before it had a WebRTC stack of its own. */
function stackAnswers(port) {
  const kept = [];
  return (offer, sdp) =>
    new Promise((resolve) => {
      const connection = new nodeDataChannel.PeerConnection('client', {
        iceServers: [],
        disableAutoNegotiation: true,
        enableIceUdpMux: true,
        portRangeBegin: port,
        portRangeEnd: port,
        bindAddress: HOST,
      });
      connection.setRemoteDescription(sdp, 'offer');
      const section = new nodeDataChannel.Audio(offer.audio.mid, 'SendRecv');
      section.addOpusCodec(111);
      section.addSSRC(randomUint32(), 'echo', 'echo', 'audio');
      const track = connection.addTrack(section);
      track.onMessage((bytes) => {
        echoed += 1;
        track.sendMessageBinary(bytes);
      });
      kept.push(connection, track);
      connection.onGatheringStateChange((state) => {
        if (state === 'complete') resolve(connection.localDescription().sdp);
      });
      connection.setLocalDescription('answer');
    });
}

const port = Number(process.argv[4]);
const answer = arm === 'front' ? await frontAnswers(port) : stackAnswers(port);

async function answerCall({ id, sdp }) {
  const read = readOffer(sdp);
  if (!read.isValid) throw new Error(read.error.message);
  process.send({ type: 'answer', id, sdp: await answer(read.offer, sdp) });
}

process.on('message', (message) => {
  if (message.type === 'offer') {
    void answerCall(message);
    return;
  }
  const { user, system } = process.cpuUsage();
  const { heapUsed } = process.memoryUsage();
  process.send({ type: 'usage', cpuUs: user + system, echoed, heapUsed });
});
process.send({ type: 'ready' });
