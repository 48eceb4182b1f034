import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import { type Concern, concernOfRequest, concernOfUpgrade } from './request-owner.ts';

function requestOf(method: string, url: string): IncomingMessage {
  return { method, url, headers: { authorization: 'Bearer key' } } as IncomingMessage;
}

suite('whose a request is', () => {
  test('[WRK3] requests about a call name it, offers open one, all else is anybody’s', () => {
    const call: Concern = { type: 'call', callId: 'rtc_1' };
    const offer: Concern = { type: 'opening', via: 'offer', key: 'key' };
    for (const [method, url, concern] of [
      ['POST', '/v1/realtime/calls/rtc_1/hangup', call],
      ['PATCH', '/openai/v1/realtime/calls/rtc_1?last_event_id=e', call],
      ['GET', '/v1/prism/sessions/rtc_1', call],
      ['POST', '/v1/prism/sessions/rtc_1/end', call],
      ['POST', '/v1/realtime/calls', offer],
      ['POST', '/openai/v1/realtime/calls?model=m', offer],
      ['OPTIONS', '/v1/realtime/calls', undefined],
      ['GET', '/v1/prism/sessions?limit=1', undefined],
      ['POST', '/v1/realtime/client_secrets', undefined],
      ['GET', '/metrics', undefined],
    ] as const)
      assert.deepEqual(concernOfRequest(requestOf(method, url)), concern, url);
  });

  test('[WRK3] a WebSocket is of its call, or opens a session', () => {
    const socket: Concern = { type: 'opening', via: 'socket', key: 'key' };
    for (const [url, concern] of [
      ['/v1/realtime?model=m&call_id=rtc_1', { type: 'call', callId: 'rtc_1' }],
      ['/v1/prism/media?call_id=rtc_1', { type: 'call', callId: 'rtc_1' }],
      ['/v1/realtime?model=m', socket],
      ['/v1/prism/media', socket],
    ] as const)
      assert.deepEqual(concernOfUpgrade(requestOf('GET', url)), concern, url);
  });
});
