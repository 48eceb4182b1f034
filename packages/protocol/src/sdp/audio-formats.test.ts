import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { acceptedFormats } from './audio-formats.ts';

/** An audio section with these payload types and lines. */
function accepted(payloadTypes: string, ...lines: string[]): string[] {
  const section = [`m=audio 9 UDP/TLS/RTP/SAVPF ${payloadTypes}`, 'a=mid:0', ...lines];
  return acceptedFormats(section).map(
    ({ format, payloadType, hasNack }) => `${format} ${payloadType}${hasNack ? ' nack' : ''}`,
  );
}

const OPUS = 'a=rtpmap:111 opus/48000/2';
const RED = ['a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111'];

suite('audio formats of an offer', () => {
  test('[TEL1] Opus comes first, then G.711 as the client prefers it, then comfort noise', () => {
    const chromium = accepted(
      '111 63 9 0 8 13 110 126',
      OPUS,
      ...RED,
      'a=rtpmap:9 G722/8000',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:13 CN/8000',
      'a=rtpmap:110 telephone-event/48000',
      'a=rtpmap:126 telephone-event/8000',
    );
    assert.deepEqual(chromium, ['red 63', 'opus 111', 'pcmu 0', 'pcma 8', 'cn 13']);
    assert.deepEqual(accepted('8 0 111', OPUS), ['opus 111', 'pcma 8', 'pcmu 0']);
    assert.deepEqual(accepted('0 13'), ['pcmu 0', 'cn 13']);
    assert.deepEqual(accepted('96 97', 'a=rtpmap:96 PCMA/8000/1', 'a=rtpmap:97 speex/16000'), [
      'pcma 96',
    ]);
    assert.deepEqual(accepted('13 97 128 x', 'a=rtpmap:97 speex/16000'), []);
  });

  test('[RED5] redundant audio is accepted before Opus if it carries nothing but Opus', () => {
    assert.deepEqual(accepted('111 63', OPUS, ...RED), ['red 63', 'opus 111']);
    const red = 'a=rtpmap:63 RED/48000/2';
    for (const lines of [
      [red],
      [red, 'a=fmtp:63 111'],
      [red, 'a=fmtp:63 111/0'],
      ['a=rtpmap:63 red/8000', 'a=fmtp:63 111/111'],
    ])
      assert.deepEqual(accepted('111 63', OPUS, ...lines), ['opus 111']);
    assert.deepEqual(accepted('0 63', red, 'a=fmtp:63 0/0'), ['pcmu 0']);
    assert.deepEqual(accepted('111 63', OPUS, red, 'a=fmtp:63 111/111/111'), [
      'red 63',
      'opus 111',
    ]);
  });

  test('[RTP15] NACK is accepted where it was offered, and only there', () => {
    const lines = [OPUS, ...RED, 'a=rtcp-fb:111 transport-cc'];
    assert.deepEqual(accepted('111 63', ...lines, 'a=rtcp-fb:111 nack'), [
      'red 63',
      'opus 111 nack',
    ]);
    assert.deepEqual(accepted('111 63', ...lines, 'a=rtcp-fb:* nack'), [
      'red 63 nack',
      'opus 111 nack',
    ]);
    assert.deepEqual(accepted('111', ...lines, 'a=rtcp-fb:111 nack pli'), ['opus 111']);
  });
});
