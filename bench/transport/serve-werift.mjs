// An arm of bench/transport: werift echoes RTP of whoever calls, without a codec.
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';

/** So that nothing is collected while it is talked to. */
const peers = [];

async function answer({ id, sdp }) {
  const opus = new RTCRtpCodecParameters({
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    payloadType: 111,
  });
  const peer = new RTCPeerConnection({ codecs: { audio: [opus] }, iceServers: [] });
  const back = new MediaStreamTrack({ kind: 'audio' });
  peer.onTrack.subscribe((track) =>
    track.onReceiveRtp.subscribe((packet) => back.writeRtp(packet)),
  );
  await peer.setRemoteDescription({ type: 'offer', sdp });
  peer.addTrack(back);
  await peer.setLocalDescription(await peer.createAnswer());
  peers.push(peer);
  process.send({ type: 'answer', id, sdp: peer.localDescription.sdp });
}

process.on('message', (message) => {
  if (message.type === 'offer') {
    void answer(message);
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send({ type: 'usage', cpuUs: user + system });
});
process.send({ type: 'ready' });
