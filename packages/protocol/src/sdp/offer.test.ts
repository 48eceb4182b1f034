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
      formats: [
        { format: 'opus', payloadType: 111, hasNack: false },
        { format: 'pcmu', payloadType: 0, hasNack: false },
      ],
    });
    assert.equal(withChannel.offer.hasDataChannel, true);
    const without = readOffer(sdp(AUDIO));
    assert.ok(without.isValid);
    assert.equal(without.offer.hasDataChannel, false);
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

  test('[SDP3] lines that the stack would answer wrongly are gone, the rest is unchanged', () => {
    const read = readOffer(sdp(AUDIO, DATA));
    assert.ok(read.isValid);
    const expected = sdp(
      AUDIO.filter((line) => !line.includes('.local')).map((line) => line.replace(' sped', '')),
      DATA.filter((line) => !line.startsWith('a=sctp-init')),
    );
    assert.equal(read.offer.sdp, expected);
  });
});
