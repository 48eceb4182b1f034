import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readOffer } from './offer.ts';

const AUDIO = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=ice-options:trickle sped',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:actpass',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:0 PCMU/8000',
  'a=candidate:1 1 udp 2122260223 3b1c0c52-1234.local 50000 typ host',
  'a=candidate:2 1 udp 2122260223 192.0.2.7 50000 typ host',
];
const DATA = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:1', 'a=sctp-init:AQAA'];

function sdp(...sections: readonly (readonly string[])[]): string {
  return `${['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...sections.flat()].join('\r\n')}\r\n`;
}

suite('SDP offers', () => {
  test('[SDP1] audio with Opus is accepted, with or without a data channel', () => {
    const withChannel = readOffer(sdp(AUDIO, DATA));
    assert.ok(withChannel.isValid);
    assert.deepEqual(withChannel.offer.audio, {
      mid: '0',
      direction: 'sendrecv',
      formats: [
        { format: 'opus', payloadType: 111, hasNack: false },
        { format: 'pcmu', payloadType: 0, hasNack: false },
      ],
    });
    assert.deepEqual(withChannel.offer.channel, { sctpPort: 5_000, messageBytesMax: 65_536 });
    const without = readOffer(sdp(AUDIO));
    assert.ok(without.isValid);
    assert.equal(without.offer.channel, undefined);
  });

  test('[SDP1] bare line feeds are accepted', () => {
    assert.ok(readOffer(sdp(AUDIO).replaceAll('\r\n', '\n')).isValid);
  });

  test('[SDP2] every refusal has its own code', () => {
    const without = (prefix: string): string[] => AUDIO.filter((line) => !line.startsWith(prefix));
    const cases: readonly (readonly [string, string])[] = [
      ['hello', 'invalid_sdp'],
      [sdp(AUDIO, ['not sdp']), 'invalid_sdp'],
      [sdp(without('a=mid')), 'invalid_sdp'],
      [sdp(without('a=ice-ufrag')), 'invalid_sdp'],
      [sdp(without('a=fingerprint')), 'invalid_sdp'],
      [sdp(...Array.from({ length: 17 }, () => AUDIO)), 'invalid_sdp'],
      [sdp(DATA), 'audio_section_required'],
      [sdp(AUDIO.map((line) => line.replace('m=audio 9', 'm=audio 0'))), 'audio_section_required'],
      [
        sdp(AUDIO.map((line) => line.replace(' 111 0', ' 111').replace('opus', 'speex'))),
        'opus_required',
      ],
    ];
    for (const [text, code] of cases) {
      const read = readOffer(text);
      assert.ok(!read.isValid, text);
      assert.equal(read.error.code, code, text);
    }
  });

  test('[SDP2] random text never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        assert.equal(readOffer(text).isValid, false);
        readOffer(`v=0\r\n${text}`);
      }),
      { seed: 20_261_123 },
    );
  });

  test('[SDP2] a fingerprint that is no hash, and no other beside it, is refused', () => {
    const broken = AUDIO.map((line) => line.replace('sha-256 AA:BB', 'sha-256 AABB'));
    const read = readOffer(sdp(broken));
    assert.ok(!read.isValid);
    assert.equal(read.error.code, 'invalid_sdp');
  });

  test('[SDP4] who may begin DTLS and with which certificates, port and bound of SCTP are read', () => {
    const audio = AUDIO.map((line) => line.replace('actpass', 'active')).concat(
      'a=fingerprint:SHA-512 0a:0B',
    );
    const data = [...DATA, 'a=sctp-port:6000', 'a=max-message-size:0'];
    const read = readOffer(sdp(audio, data));
    assert.ok(read.isValid);
    const { transport, channel } = read.offer;
    assert.equal(transport.setup, 'active');
    assert.deepEqual(transport.fingerprints, [
      { algorithm: 'sha-256', digest: Uint8Array.of(0xaa, 0xbb) },
      { algorithm: 'sha-512', digest: Uint8Array.of(0x0a, 0x0b) },
    ]);
    assert.deepEqual(channel, { sctpPort: 6_000, messageBytesMax: Number.MAX_SAFE_INTEGER });
  });

  test('[SDP6] transport is that of the first section that is used, before the session’s and refused ones’', () => {
    const video = [
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      'a=mid:v',
      'a=ice-ufrag:video',
      'a=ice-pwd:videovideovideovideovideo',
      'a=fingerprint:sha-256 CC:DD',
      'a=setup:active',
    ];
    const session = [
      'a=ice-ufrag:session',
      'a=ice-pwd:sessionsessionsessionsession',
      'a=fingerprint:sha-256 EE:FF',
      'a=setup:passive',
    ];
    const transportOf = (...sections: readonly (readonly string[])[]) => {
      const read = readOffer(sdp(...sections));
      assert.ok(read.isValid);
      const { ufrag, fingerprint, setup } = read.offer.transport;
      return [ufrag, fingerprint, setup];
    };
    const own = ['abcd', 'sha-256 AA:BB', 'actpass'];
    assert.deepEqual(transportOf(session, video, AUDIO, DATA), own);
    const bare = AUDIO.filter((line) => !/^a=(?:ice-|fingerprint|setup)/.test(line));
    assert.deepEqual(transportOf(session, video, bare), ['session', 'sha-256 EE:FF', 'passive']);
    assert.deepEqual(transportOf(video, bare), ['video', 'sha-256 CC:DD', 'active']);
    assert.deepEqual(transportOf(video, bare, [...DATA, ...AUDIO.slice(2, 7)]), own);
  });
});
