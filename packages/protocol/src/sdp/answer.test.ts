import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AnswerParts, writeAnswer } from './answer.ts';
import { type Offer, readOffer } from './offer.ts';

const TRANSPORT = [
  'a=ice-ufrag:their',
  'a=ice-pwd:theirpwd',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:actpass',
];
const AUDIO = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 63 111 0 13',
  'c=IN IP4 0.0.0.0',
  ...TRANSPORT,
  'a=mid:a',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 nack',
  'a=candidate:1 1 udp 1 192.0.2.9 1 typ host',
];
const VIDEO = ['m=video 9 UDP/TLS/RTP/SAVPF 96 97', ...TRANSPORT, 'a=mid:v', 'a=recvonly'];
const DATA = [
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  ...TRANSPORT,
  'a=mid:d',
  'a=sctp-init:AQAA',
];

const PARTS: AnswerParts = {
  ufrag: 'ours',
  pwd: 'ourpwd',
  candidateLines: [
    'a=candidate:1 1 udp 1 2001:db8::2 3478 typ host',
    'a=candidate:2 1 tcp 1 2001:db8::2 3478 typ host tcptype passive',
  ],
  destination: { address: '2001:db8::2', port: 3478 },
  sessionId: 42,
  version: 3,
  fingerprint: 'sha-256 CC:DD',
  setup: 'active',
  stream: { ssrc: 7, cname: 'stream', trackId: 'audio' },
  channel: { sctpPort: 5_000, messageBytesMax: 262_144 },
};

function offerOf(...sections: readonly (readonly string[])[]): Offer {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...sections.flat()];
  const read = readOffer(`${lines.join('\r\n')}\r\n`);
  assert.ok(read.isValid);
  return read.offer;
}

/** The lines of each section, the session's first. */
function sectionsOf(sdp: string): readonly (readonly string[])[] {
  assert.ok(sdp.endsWith('\r\n'));
  return sdp
    .slice(0, -2)
    .split(/\r\n(?=m=)/)
    .map((section) => section.split('\r\n'));
}

suite('SDP answers', () => {
  test('[ICE1] all candidates at once, in the first section of the bundle, of an ICE lite agent', () => {
    const [session, video, audio, data] = sectionsOf(
      writeAnswer(offerOf(VIDEO, AUDIO, DATA), PARTS),
    );
    assert.ok(session?.includes('a=ice-lite'));
    assert.ok(session?.includes('o=- 42 3 IN IP4 127.0.0.1'));
    assert.ok(session?.includes('a=group:BUNDLE a d'));
    assert.deepEqual(
      audio?.filter((line) => /candidate/.test(line)),
      [...PARTS.candidateLines, 'a=end-of-candidates'],
    );
    for (const section of [video, data])
      assert.deepEqual(
        section?.filter((line) => /candidate/.test(line)),
        [],
      );
    for (const section of [audio, data]) {
      assert.ok(section?.includes('c=IN IP6 2001:db8::2'));
      assert.ok(section?.includes('a=ice-ufrag:ours') && section.includes('a=ice-pwd:ourpwd'));
      assert.ok(section?.includes('a=setup:active'));
    }
    assert.doesNotMatch(writeAnswer(offerOf(AUDIO, DATA), PARTS), /their|trickle|192\.0\.2\.9/);
  });

  test('[SDP3] every section is answered in its place; what a call has no use for is refused', () => {
    const second = AUDIO.map((line) => line.replace('a=mid:a', 'a=mid:b'));
    const sections = sectionsOf(writeAnswer(offerOf(VIDEO, AUDIO, second, DATA), PARTS));
    assert.deepEqual(
      sections.slice(1).map(([first]) => first),
      [
        'm=video 0 UDP/TLS/RTP/SAVPF 96 97',
        'm=audio 3478 UDP/TLS/RTP/SAVPF 63 111 0 13',
        'm=audio 0 UDP/TLS/RTP/SAVPF 63 111 0 13',
        'm=application 3478 UDP/DTLS/SCTP webrtc-datachannel',
      ],
    );
    assert.ok(sections[1]?.includes('a=inactive') && sections[1].includes('a=mid:v'));
  });

  test('[SDP3] lines that Prism knows nothing of are not repeated', () => {
    const answer = writeAnswer(offerOf(AUDIO, [...DATA, 'a=sctp-init:AQAA']), PARTS);
    assert.doesNotMatch(answer, /sctp-init/);
    assert.match(answer, /a=sctp-port:5000\r\na=max-message-size:262144/);
  });

  test('[SDP5] the audio says what is accepted, and what is sent', () => {
    const [, audio] = sectionsOf(writeAnswer(offerOf(AUDIO), PARTS));
    assert.deepEqual(
      audio?.filter((line) => /rtpmap|fmtp|rtcp-fb/.test(line)),
      [
        'a=rtpmap:63 red/48000/2',
        'a=fmtp:63 111/111',
        'a=rtpmap:111 opus/48000/2',
        'a=rtcp-fb:111 nack',
        'a=fmtp:111 minptime=10;useinbandfec=1',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:13 CN/8000',
      ],
    );
    assert.ok(audio?.includes('a=msid:stream audio') && audio.includes('a=ssrc:7 cname:stream'));
    assert.ok(audio?.includes('a=rtcp-mux'));
  });

  test('[SDP5] the direction is the offer’s, seen from here', () => {
    const cases = [
      ['sendrecv', 'sendrecv'],
      ['sendonly', 'recvonly'],
      ['recvonly', 'sendonly'],
      ['inactive', 'inactive'],
    ] as const;
    for (const [offered, answered] of cases) {
      const [, audio] = sectionsOf(writeAnswer(offerOf([...AUDIO, `a=${offered}`]), PARTS));
      assert.ok(audio?.includes(`a=${answered}`), offered);
    }
    const [, audio] = sectionsOf(writeAnswer(offerOf(AUDIO), PARTS));
    assert.ok(audio?.includes('a=sendrecv'), 'both ways where nothing is said');
  });
});
