import { defineExchange, type Exchange } from '../kit/exchange.ts';
import { expectIs, expectKind, expectMatch, expectThat, firstOf } from '../kit/expect.ts';
import type { Knock, Stage } from '../kit/stage.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

const REFERENCE = 'Realtime API, WebSocket connection';
const CREATED = 'Server events, session.created';
const BETA = 'Realtime API, beta to GA migration';

interface ConnectFacts {
  readonly events: readonly WireEvent[];
  readonly model: string;
  readonly selectedProtocol: string;
  readonly isPingAnswered: boolean;
  readonly closeCode: number;
}

const connect = defineExchange<ConnectFacts>({
  name: 'connect',
  group: 'connection',
  observe: async (stage) => {
    const session = await stage.connect();
    await session.until(() => true, 'a first event');
    await session.settle();
    const isPingAnswered = await session.answersPing();
    session.close(1000, 'OK');
    const { code } = await session.closed();
    const { events, selectedProtocol } = session;
    const { model } = stage.options;
    return { events, model, selectedProtocol, isPingAnswered, closeCode: code };
  },
  assertions: [
    {
      id: 'connection.open.session-created-first',
      statement: 'the first event is session.created',
      reference: CREATED,
      check: ({ events }) => expectIs(events[0], 'type', 'session.created'),
    },
    {
      id: 'connection.open.nothing-unasked',
      statement: 'session.created is the only event before the client sends one',
      reference: CREATED,
      check: ({ events }) => expectIs(events[1], 'type', 'input_audio_buffer.cleared'),
    },
    {
      id: 'connection.open.model-of-query',
      statement: 'the session has the model of the query',
      reference: REFERENCE,
      check: ({ events, model }) => expectIs(events[0], 'session.model', model),
    },
    {
      id: 'connection.open.no-subprotocol-unasked',
      statement: 'no subprotocol is selected where none was offered',
      reference: REFERENCE,
      needs: ['websocket-handshake'],
      check: (facts) => expectIs(facts, 'selectedProtocol', ''),
    },
    {
      id: 'connection.open.ping',
      statement: 'a ping is answered',
      reference: 'RFC 6455, 5.5.2',
      needs: ['websocket-handshake'],
      check: (facts) => expectIs(facts, 'isPingAnswered', true),
    },
    {
      id: 'connection.close.echo',
      statement: 'a close with 1000 is answered with 1000',
      reference: 'RFC 6455, 5.5.1',
      needs: ['websocket-handshake'],
      check: (facts) => expectIs(facts, 'closeCode', 1000),
    },
  ],
});

const subprotocol = defineExchange<{
  readonly events: readonly WireEvent[];
  readonly selectedProtocol: string;
}>({
  name: 'connect by subprotocol',
  group: 'connection',
  needs: ['websocket-handshake'],
  observe: async (stage) => {
    const session = await stage.open({ keyPlace: 'subprotocol', protocols: ['realtime'] });
    return { events: session.events, selectedProtocol: session.selectedProtocol };
  },
  assertions: [
    {
      id: 'connection.subprotocol.realtime-selected',
      statement: 'of the subprotocols that a browser offers, realtime is selected',
      reference: REFERENCE,
      check: (facts) => expectIs(facts, 'selectedProtocol', 'realtime'),
    },
    {
      id: 'connection.subprotocol.key-not-echoed',
      statement: 'the subprotocol that carries the key is never selected',
      reference: REFERENCE,
      check: ({ selectedProtocol }) =>
        expectThat(!selectedProtocol.includes('key'), 'no key in the selected subprotocol', {
          got: selectedProtocol === '' ? 'none' : 'a subprotocol with a key',
        }),
    },
    {
      id: 'connection.subprotocol.key-opens',
      statement: 'a key in the subprotocol opens a session',
      reference: REFERENCE,
      needs: ['authentication'],
      check: ({ events }) => expectMatch(events[0], 'session.id', /^sess_/),
    },
  ],
});

/** Assertions on a connection that is accepted and ended at once, so that a browser can read why. */
function endedBy(
  subject: string,
  code: string,
  closeCode: number,
): Parameters<typeof defineExchange<Knock>>[0]['assertions'] {
  return [
    {
      id: `connection.${subject}.error`,
      statement: `an error event says ${code}`,
      reference: BETA,
      check: ({ events }) => expectIs(firstOf(events, 'error'), 'error.code', code),
    },
    {
      id: `connection.${subject}.close-code`,
      statement: `the connection is closed with ${closeCode}`,
      reference: BETA,
      check: (facts) => expectIs(facts, 'closing.code', closeCode),
    },
    {
      id: `connection.${subject}.close-reason`,
      statement: "the close's reason is the error's type and code",
      reference: BETA,
      check: (facts) => expectIs(facts, 'closing.reason', `invalid_request_error.${code}`),
    },
  ];
}

const betaHeader = defineExchange<Knock>({
  name: 'beta header',
  group: 'connection',
  needs: ['websocket-handshake'],
  observe: (stage) => stage.knock({ headers: { 'openai-beta': 'realtime=v1' } }),
  assertions: endedBy('beta-header', 'beta_api_shape_disabled', 4000),
});

const betaProtocol = defineExchange<Knock>({
  name: 'beta subprotocol',
  group: 'connection',
  needs: ['websocket-handshake'],
  observe: (stage) =>
    stage.knock({
      keyPlace: 'subprotocol',
      protocols: ['realtime', 'openai-beta.realtime-v1'],
    }),
  assertions: [
    ...endedBy('beta-subprotocol', 'beta_api_shape_disabled', 4000),
    {
      id: 'connection.beta-subprotocol.not-selected',
      statement: 'the beta subprotocol is not selected',
      reference: BETA,
      check: (facts) => expectIs(facts, 'selectedProtocol', 'realtime'),
    },
  ],
});

const wrongKeyOfPage = defineExchange<Knock>({
  name: 'wrong key in the subprotocol',
  group: 'connection',
  needs: ['websocket-handshake', 'authentication'],
  observe: (stage) =>
    stage.knock({ key: 'sk-wrong', keyPlace: 'subprotocol', protocols: ['realtime'] }),
  assertions: endedBy('wrong-subprotocol-key', 'invalid_api_key', 3000),
});

/** The error code of a refusal, by HTTP or on the socket. */
function refusalCode(knock: Knock): { readonly code: unknown } {
  const told =
    knock.status === 101 ? knock.events.find(({ type }) => type === 'error') : knock.body;
  const error: unknown =
    typeof told === 'object' && told !== null && 'error' in told ? told.error : null;
  return {
    code: typeof error === 'object' && error !== null && 'code' in error ? error.code : null,
  };
}

function refusedKey(subject: string, knock: (stage: Stage) => Promise<Knock>): Exchange {
  return defineExchange<Knock>({
    name: `${subject} in the header`,
    group: 'connection',
    needs: ['websocket-handshake', 'authentication'],
    observe: knock,
    assertions: [
      {
        id: `connection.${subject}.refused`,
        statement: 'no session is opened: HTTP 401, or a close with 3000',
        reference: REFERENCE,
        check: (facts) =>
          expectThat(
            facts.status === 401 || (facts.status === 101 && facts.closing?.code === 3000),
            'HTTP 401 or a close with 3000',
            { got: { status: facts.status, closing: facts.closing } },
          ),
      },
      {
        id: `connection.${subject}.no-session`,
        statement: 'session.created is not sent',
        reference: REFERENCE,
        check: ({ events }) =>
          expectThat(
            events.every(({ type }) => type !== 'session.created'),
            'no session.created',
            { got: events.map(({ type }) => type) },
          ),
      },
      {
        id: `connection.${subject}.code`,
        statement: 'the refusal names a code',
        reference: REFERENCE,
        check: (facts) => expectKind(refusalCode(facts), 'code', 'string'),
      },
    ],
  });
}

const wrongKey = refusedKey('wrong-key', (stage) => stage.knock({ key: 'sk-wrong' }));
const missingKey = refusedKey('missing-key', (stage) => stage.knock({ key: null }));

const unknownCall = defineExchange<Knock>({
  name: 'unknown call',
  group: 'connection',
  needs: ['websocket-handshake'],
  observe: (stage) => stage.knock({ query: { call_id: 'rtc_conformance_unknown' } }),
  assertions: [
    {
      id: 'connection.unknown-call.refused',
      statement: 'a call_id that names no call opens nothing',
      reference: 'Realtime API, server-side controls',
      check: ({ status, closing }) =>
        expectThat(status >= 400 || closing !== null, 'a refusal or a close', {
          got: { status, closing },
        }),
    },
  ],
});

/** How connections begin and end. */
export const CONNECTION_EXCHANGES: readonly Exchange[] = [
  connect,
  subprotocol,
  betaHeader,
  betaProtocol,
  wrongKeyOfPage,
  wrongKey,
  missingKey,
  unknownCall,
];
