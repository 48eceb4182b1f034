import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectThat,
  numberAt,
  textAt,
} from '../kit/expect.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-port.ts';
import type { Stage } from '../kit/stage.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

const REFERENCE = 'POST /v1/realtime/client_secrets';
const KEYS = 'Realtime API, ephemeral keys';
const INSTRUCTIONS = 'Be a conformance test.';

function mint(stage: Stage, body: unknown, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
  return stage.request({
    method: 'POST',
    path: '/realtime/client_secrets',
    contentType: 'application/json',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...more,
  });
}

interface MintFacts {
  readonly plain: HttpAnswer;
  readonly bound: HttpAnswer;
  readonly transcription: HttpAnswer;
  readonly nowS: number;
}

function claim(
  id: string,
  statement: string,
  check: Assertion<MintFacts>['check'],
): Assertion<MintFacts> {
  return { id: `client-secrets.${id}`, statement, reference: REFERENCE, check };
}

const minted = defineExchange<MintFacts>({
  name: 'ephemeral keys',
  group: 'client-secrets',
  needs: ['http-client-secrets'],
  observe: async (stage) => {
    const { model, clock } = stage.options;
    return {
      plain: await mint(stage, { session: { type: 'realtime', model } }),
      bound: await mint(stage, {
        expires_after: { anchor: 'created_at', seconds: 60 },
        session: {
          type: 'realtime',
          model,
          instructions: INSTRUCTIONS,
          audio: { input: { turn_detection: null } },
        },
      }),
      transcription: await mint(stage, { session: { type: 'transcription' } }),
      nowS: Math.round(clock.wallMs() / 1_000),
    };
  },
  assertions: [
    claim('status', 'a key is answered with 200', ({ plain }) => expectIs(plain, 'status', 200)),
    claim('value', 'the key begins with ek_', ({ plain }) =>
      expectMatch(plain, 'json.value', /^ek_.+/),
    ),
    claim('values-differ', 'two keys differ', ({ plain, bound }) =>
      expectThat(textAt(plain, 'json.value') !== textAt(bound, 'json.value'), 'two keys', {
        got: 'the same key twice',
      }),
    ),
    claim(
      'expires-at',
      'it expires in whole unix seconds, in ten minutes to two hours',
      (facts) => {
        expectKind(facts.plain, 'json.expires_at', 'integer');
        const aheadS = numberAt(facts.plain, 'json.expires_at') - facts.nowS;
        expectThat(aheadS >= 540 && aheadS <= 7_260, '600 to 7200 s ahead', { got: aheadS });
      },
    ),
    claim('expires-after', 'it expires after the seconds that were asked for', (facts) => {
      const aheadS = numberAt(facts.bound, 'json.expires_at') - facts.nowS;
      expectThat(Math.abs(aheadS - 60) <= 30, '60 s ahead', { got: aheadS });
    }),
    claim('session.identity', 'the session has id, object and type', ({ plain }) => {
      expectMatch(plain, 'json.session.id', /^sess_.+/);
      expectIs(plain, 'json.session.object', 'realtime.session');
      expectIs(plain, 'json.session.type', 'realtime');
    }),
    claim('session.expires-at', 'a session that has not begun has expires_at 0', ({ plain }) =>
      expectIs(plain, 'json.session.expires_at', 0),
    ),
    claim('session.defaults', 'the session comes with its defaults filled in', ({ plain }) => {
      expectIs(plain, 'json.session.tools', []);
      expectIs(plain, 'json.session.tool_choice', 'auto');
      expectIs(plain, 'json.session.max_output_tokens', 'inf');
      expectIs(plain, 'json.session.audio.input.turn_detection.type', 'server_vad');
      expectIs(plain, 'json.session.audio.input.transcription', null);
    }),
    claim('session.bound', 'the session comes with what was asked for', ({ bound }) => {
      expectIs(bound, 'json.session.instructions', INSTRUCTIONS);
      expectIs(bound, 'json.session.audio.input.turn_detection', null);
    }),
    claim('transcription.object', 'a key may be for a transcription session', (facts) => {
      expectIs(facts.transcription, 'json.session.type', 'transcription');
      expectIs(facts.transcription, 'json.session.object', 'realtime.transcription_session');
      expectAbsent(facts.transcription, 'json.session.instructions');
    }),
  ],
});

interface UseFacts {
  readonly byHeader: WireEvent;
  readonly byProtocol: WireEvent;
  readonly overridden: WireEvent;
  readonly protocol: string;
}

const used = defineExchange<UseFacts>({
  name: 'sessions of ephemeral keys',
  group: 'client-secrets',
  needs: ['http-client-secrets', 'websocket-handshake'],
  observe: async (stage) => {
    const { model } = stage.options;
    const answer = await mint(stage, {
      session: { type: 'realtime', model, instructions: INSTRUCTIONS },
    });
    const key = textAt(answer, 'json.value');
    const first = await stage.open({ key });
    const second = await stage.open({ key, keyPlace: 'subprotocol', protocols: ['realtime'] });
    const overridden = await first.demand(
      { type: 'session.update', session: { type: 'realtime', instructions: 'Other.' } },
      'session.updated',
    );
    const none = { type: 'nothing' };
    return {
      byHeader: first.events[0] ?? none,
      byProtocol: second.events[0] ?? none,
      overridden,
      protocol: second.selectedProtocol,
    };
  },
  assertions: [
    {
      id: 'client-secrets.use.bearer',
      statement: 'a session opened with the key starts from its configuration',
      reference: KEYS,
      check: ({ byHeader }) => expectIs(byHeader, 'session.instructions', INSTRUCTIONS),
    },
    {
      id: 'client-secrets.use.again',
      statement: 'the key opens several sessions, from a browser too',
      reference: KEYS,
      check: ({ byHeader, byProtocol, protocol }) => {
        expectIs(byProtocol, 'session.instructions', INSTRUCTIONS);
        expectIs({ protocol }, 'protocol', 'realtime');
        expectThat(at(byHeader, 'session.id') !== at(byProtocol, 'session.id'), 'two sessions', {
          got: at(byProtocol, 'session.id'),
        });
      },
    },
    {
      id: 'client-secrets.use.override',
      statement: 'session.update may change what the key was bound to',
      reference: KEYS,
      check: ({ overridden }) => expectIs(overridden, 'session.instructions', 'Other.'),
    },
  ],
});

interface BadRequestFacts {
  readonly tooLong: HttpAnswer;
  readonly tooShort: HttpAnswer;
  readonly untyped: HttpAnswer;
  readonly noJson: HttpAnswer;
  readonly wrongKey: HttpAnswer | null;
}

/** A refused request: its status and OpenAI's error body. */
function expectRefusal(answer: HttpAnswer, status: number): void {
  expectIs(answer, 'status', status);
  expectIs(answer, 'json.error.type', 'invalid_request_error');
  expectKind(answer, 'json.error.message', 'string');
}

const refused = defineExchange<BadRequestFacts>({
  name: 'refused ephemeral keys',
  group: 'client-secrets',
  needs: ['http-client-secrets'],
  observe: async (stage) => ({
    tooLong: await mint(stage, { expires_after: { anchor: 'created_at', seconds: 7_201 } }),
    tooShort: await mint(stage, { expires_after: { anchor: 'created_at', seconds: 9 } }),
    untyped: await mint(stage, { session: { instructions: 'x' } }),
    noJson: await mint(stage, '{"session":'),
    wrongKey: await mint(stage, {}, { key: 'sk-wrong' }),
  }),
  assertions: [
    {
      id: 'client-secrets.refused.too-long',
      statement: 'more than 7200 seconds are refused with 400',
      reference: REFERENCE,
      check: ({ tooLong }) => expectRefusal(tooLong, 400),
    },
    {
      id: 'client-secrets.refused.too-short',
      statement: 'less than 10 seconds are refused with 400',
      reference: REFERENCE,
      check: ({ tooShort }) => expectRefusal(tooShort, 400),
    },
    {
      id: 'client-secrets.refused.param',
      statement: 'the refusal names the parameter',
      reference: REFERENCE,
      check: ({ tooLong }) => expectIs(tooLong, 'json.error.param', 'expires_after.seconds'),
    },
    {
      id: 'client-secrets.refused.session-type',
      statement: 'a session without type is refused with 400',
      reference: REFERENCE,
      check: ({ untyped }) => {
        expectRefusal(untyped, 400);
        expectIs(untyped, 'json.error.param', 'session.type');
      },
    },
    {
      id: 'client-secrets.refused.no-json',
      statement: 'a body that is no JSON is refused with 400',
      reference: REFERENCE,
      check: ({ noJson }) => expectRefusal(noJson, 400),
    },
    {
      id: 'client-secrets.refused.wrong-key',
      statement: 'a wrong key is refused with 401 invalid_api_key',
      reference: REFERENCE,
      needs: ['authentication'],
      check: ({ wrongKey }) => {
        expectIs(wrongKey, 'status', 401);
        expectIs(wrongKey, 'json.error.code', 'invalid_api_key');
      },
    },
  ],
});

/** Ephemeral keys. */
export const CLIENT_SECRET_EXCHANGES: readonly Exchange[] = [minted, used, refused];
