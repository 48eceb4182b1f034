import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { closeFailure, connectFailure, handshakeFailure } from './failures.ts';

suite('upstream failures', () => {
  test('[WIR5] each failure has its code and reason', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const cases = [
      [handshakeFailure(401, ''), 'upstream_refused', 'upstream_authentication_failed'],
      [handshakeFailure(403, ''), 'upstream_refused', 'upstream_authentication_failed'],
      [handshakeFailure(404, ''), 'upstream_refused', 'upstream_refused'],
      [handshakeFailure(503, 'busy'), 'upstream_refused', 'upstream_refused'],
      [connectFailure(refused), 'upstream_unreachable', 'upstream_unreachable'],
      [
        closeFailure(3000, 'invalid_request_error.invalid_api_key'),
        'upstream_refused',
        'upstream_authentication_failed',
      ],
      [
        closeFailure(1001, 'Your session hit the maximum duration of 60 minutes.'),
        'session_expired',
        'upstream_lost',
      ],
      [closeFailure(1006, ''), 'upstream_lost', 'upstream_lost'],
    ] as const;
    for (const [failure, reason, code] of cases) {
      assert.deepEqual([failure.reason, failure.error.code], [reason, code], failure.error.message);
    }
  });

  test('[LOG2] [LOG4] logs get what failed without the upstream’s words, and nobody gets a key', () => {
    const said = 'No such voice: alice. Key sk-proj-ab12';
    const failures = [handshakeFailure(400, said), closeFailure(4000, said)];
    assert.deepEqual(
      failures.map(({ summary }) => summary),
      ['The upstream answered HTTP 400.', 'The upstream closed the connection with 4000.'],
    );
    for (const { error } of failures)
      assert.match(error.message, /: No such voice: alice\. Key \[key\]\.$/);
  });

  test('[WIR5] the upstream is quoted without keys and at bounded length', () => {
    const body = JSON.stringify({
      error: {
        message:
          'Incorrect API key provided: sk-proj-ab*****************************yz. You can find it here.',
      },
    });
    const { message } = handshakeFailure(401, body).error;
    assert.equal(
      message,
      'The upstream answered HTTP 401: Incorrect API key provided: [key] You can find it here.',
    );
    assert.ok(handshakeFailure(500, 'x'.repeat(10_000)).error.message.length < 400);
  });
});
