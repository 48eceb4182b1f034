import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import { expectIs, expectKind, expectMatch, expectThat } from '../kit/expect.ts';
import type { HttpAnswer } from '../kit/http-port.ts';

const CONTROL = 'POST /v1/realtime/calls/{call_id}';
const CALLS = 'POST /v1/realtime/calls';
const ABSENT = '/realtime/calls/rtc_conformance_absent';

interface CallFacts {
  readonly hangup: HttpAnswer;
  readonly refer: HttpAnswer;
  readonly noOffer: HttpAnswer;
  readonly badOffer: HttpAnswer;
  readonly wrongKey: HttpAnswer;
}

function claim(
  id: string,
  statement: string,
  rest: Pick<Assertion<CallFacts>, 'check'> & Partial<Assertion<CallFacts>>,
): Assertion<CallFacts> {
  return { id: `calls.${id}`, statement, reference: CONTROL, ...rest };
}

function expectBadRequest(answer: HttpAnswer): void {
  expectThat(answer.status >= 400 && answer.status < 500, 'a status from 400 to 499', {
    got: answer.status,
  });
  expectKind(answer, 'json.error.message', 'string');
  expectIs(answer, 'json.error.type', 'invalid_request_error');
}

const calls = defineExchange<CallFacts>({
  name: 'calls that cannot be',
  group: 'calls',
  needs: ['webrtc-calls'],
  observe: async (stage) => {
    const offer = {
      method: 'POST',
      path: '/realtime/calls',
      contentType: 'application/sdp',
    } as const;
    return {
      hangup: await stage.request({ method: 'POST', path: `${ABSENT}/hangup` }),
      refer: await stage.request({
        method: 'POST',
        path: `${ABSENT}/refer`,
        contentType: 'application/json',
        body: '{"target_uri":"tel:+15550100"}',
      }),
      noOffer: await stage.request({ ...offer, body: '' }),
      badOffer: await stage.request({ ...offer, body: 'this is no offer' }),
      wrongKey: await stage.request({ ...offer, body: 'this is no offer', key: 'sk-wrong' }),
    };
  },
  assertions: [
    claim('hangup.status', 'the hangup of an unknown call is answered with 404', {
      check: ({ hangup }) => expectIs(hangup, 'status', 404),
    }),
    claim('hangup.code', 'its code is call_id_not_found', {
      check: ({ hangup }) => expectIs(hangup, 'json.error.code', 'call_id_not_found'),
    }),
    claim('hangup.type', 'its type is invalid_request_error', {
      check: ({ hangup }) => expectIs(hangup, 'json.error.type', 'invalid_request_error'),
    }),
    claim('hangup.message', 'its message is a sentence', {
      check: ({ hangup }) => expectMatch(hangup, 'json.error.message', /\S/),
    }),
    claim('hangup.request-id', 'the answer has an X-Request-Id', {
      check: ({ hangup }) => expectMatch(hangup, 'headers.x-request-id', /./),
    }),
    claim('refer.status', 'the transfer of an unknown call is refused', {
      check: ({ refer }) => expectBadRequest(refer),
    }),
    claim('offer.empty', 'an empty offer is refused with an error body', {
      reference: CALLS,
      check: ({ noOffer }) => expectBadRequest(noOffer),
    }),
    claim('offer.bad', 'what is no offer is refused with an error body', {
      reference: CALLS,
      check: ({ badOffer }) => expectBadRequest(badOffer),
    }),
    claim('offer.wrong-key', 'a wrong key is refused with 401', {
      reference: CALLS,
      needs: ['authentication'],
      check: ({ wrongKey }) => expectIs(wrongKey, 'status', 401),
    }),
  ],
});

/** Calls over HTTP. */
export const CALL_EXCHANGES: readonly Exchange[] = [calls];
