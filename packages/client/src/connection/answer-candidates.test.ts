import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCandidatesOf } from './answer-candidates.ts';

const UDP = 'a=candidate:1 1 UDP 2130706431 192.0.2.1 3478 typ host\r\n';
const TCP = 'a=candidate:2 1 tcp 2105458943 192.0.2.1 3478 typ host tcptype passive\r\n';
const REST = 'v=0\r\na=ice-ufrag:x\r\n';

test('[CON3] a forced path takes the other candidates out of the answer', () => {
  const answer = `${REST}${UDP}${TCP}a=end-of-candidates\r\n`;
  assert.equal(withCandidatesOf(answer, 'any'), answer);
  assert.equal(withCandidatesOf(answer, 'relay'), answer);
  assert.equal(withCandidatesOf(answer, 'udp'), `${REST}${UDP}a=end-of-candidates\r\n`);
  assert.equal(withCandidatesOf(answer, 'tcp'), `${REST}${TCP}a=end-of-candidates\r\n`);
});
