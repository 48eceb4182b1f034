import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answerForClient, offerForStack, readOfferTransport } from './ice-section.ts';

const OFFER = [
  'v=0',
  'a=ice-lite',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=ice-ufrag:their',
  'a=ice-pwd:theirpwd',
  'a=fingerprint:sha-256 AA:BB',
  'a=mid:0',
  'a=candidate:1 1 udp 1 192.0.2.9 1 typ host',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=ice-ufrag:their',
  'a=ice-pwd:theirpwd',
  'a=mid:1',
].join('\r\n');

const ANSWER = [
  'v=0',
  'a=ice-options:ice2,trickle',
  'm=audio 40000 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 127.0.0.1',
  'a=ice-ufrag:stck',
  'a=ice-pwd:stackpwd',
  'a=candidate:1 1 UDP 1 127.0.0.1 40000 typ host',
  'a=end-of-candidates',
  'm=video 0 UDP/TLS/RTP/SAVPF 96',
  'm=application 40000 UDP/DTLS/SCTP webrtc-datachannel',
  'a=ice-ufrag:stck',
  'a=ice-pwd:stackpwd',
].join('\r\n');

suite('the ICE lines of offer and answer', () => {
  test('[ICE4] the stack is told of the media port alone, never of an address that a client chose', () => {
    const inner = { ufrag: 'innr', pwd: 'innerpwd', candidatePort: 50_000 };
    const sdp = offerForStack(OFFER, inner);
    assert.doesNotMatch(sdp, /192\.0\.2\.9|their|ice-lite/);
    assert.deepEqual(sdp.match(/a=candidate:.*/g), [
      'a=candidate:1 1 UDP 2122260223 127.0.0.1 50000 typ host',
    ]);
    assert.equal(sdp.match(/a=ice-ufrag:innr/g)?.length, 2);
  });

  test('[ICE1] the client gets all candidates at once, an ICE lite agent, and one real port', () => {
    const sdp = answerForClient(ANSWER, {
      ufrag: 'ours',
      pwd: 'ourpwd',
      candidateLines: ['a=candidate:1 1 udp 1 2001:db8::2 3478 typ host'],
      destination: { address: '2001:db8::2', port: 3478 },
    });
    const lines = sdp.split('\r\n');
    assert.ok(lines.indexOf('a=ice-lite') < lines.indexOf('m=audio 3478 UDP/TLS/RTP/SAVPF 111'));
    assert.ok(lines.includes('c=IN IP6 2001:db8::2'));
    assert.ok(lines.includes('m=video 0 UDP/TLS/RTP/SAVPF 96'), 'a refused section stays refused');
    assert.ok(lines.includes('m=application 3478 UDP/DTLS/SCTP webrtc-datachannel'));
    assert.equal(lines.filter((line) => line.startsWith('a=candidate')).length, 1);
    assert.equal(lines.filter((line) => line === 'a=end-of-candidates').length, 1);
    assert.doesNotMatch(sdp, /trickle|stck|stackpwd|127\.0\.0\.1|40000/);
  });

  test('[SDP2] an offer without credentials or fingerprint has no transport', () => {
    assert.equal(readOfferTransport(OFFER)?.isLite, true);
    for (const prefix of ['a=ice-ufrag', 'a=ice-pwd', 'a=fingerprint'])
      assert.equal(readOfferTransport(OFFER.replaceAll(prefix, 'a=x')), undefined);
  });
});
