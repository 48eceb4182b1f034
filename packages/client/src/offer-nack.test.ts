import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { offeringAudioNack } from './offer-nack.ts';

const OFFER = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=rtpmap:63 red/48000/2',
  '',
].join('\r\n');

suite('an offer that has audio asked for again', () => {
  test('[CLI57] says so of Opus, once, and nothing else changes', () => {
    const offering = offeringAudioNack(OFFER);
    assert.deepEqual(
      offering.split('\r\n').filter((line) => !OFFER.split('\r\n').includes(line)),
      ['a=rtcp-fb:111 nack'],
    );
    assert.equal(offering.replace('a=rtcp-fb:111 nack\r\n', ''), OFFER);
    assert.equal(offeringAudioNack(offering), offering);
  });

  test('[CLI57] without Opus stays as it is', () => {
    const offer = OFFER.replaceAll('opus', 'speex');
    assert.equal(offeringAudioNack(offer), offer);
  });
});
