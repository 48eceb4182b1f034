import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SessionConfig } from '@prism/protocol';
import fc from 'fast-check';
import { type CallRequest, PLAIN_REQUEST } from '../runtime/session-request.ts';
import { type AppUnderTest, errorOf, makeApp } from '../testing/app-under-test.ts';
import { readCallForm } from './call-body.ts';

const URL_ = '/v1/realtime/calls';
const SDP = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n';
const SESSION: SessionConfig = { type: 'realtime', instructions: 'Sois bref, très bref.' };
const HOST = { host: 'localhost' };
/** Where injected requests come from. */
const FROM_HERE = { clientAddress: '127.0.0.1', countedAddress: '127.0.0.1' };

interface Part {
  readonly name: string;
  readonly value: string;
  readonly contentType?: string;
  readonly fileName?: string;
}

/** A form with the part headers that the test wants, unlike any that `FormData` makes. */
function formOf(parts: readonly Part[]): { headers: Record<string, string>; payload: string } {
  const lines = parts.flatMap(({ name, value, contentType, fileName }) => [
    '--frontier',
    `Content-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}`,
    ...(contentType === undefined ? [] : [`Content-Type: ${contentType}`]),
    '',
    value,
  ]);
  return {
    headers: { ...HOST, 'content-type': 'multipart/form-data; boundary=frontier' },
    payload: [...lines, '--frontier--', ''].join('\r\n'),
  };
}

function sessionPart(session: unknown): Part {
  return { name: 'session', value: JSON.stringify(session), contentType: 'application/json' };
}

const SDP_PART: Part = { name: 'sdp', value: SDP, contentType: 'application/sdp' };

interface Answer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

async function post(
  { app }: AppUnderTest,
  url: string,
  { headers, payload }: { headers: Record<string, string>; payload: string },
): Promise<Answer> {
  return app.inject({ method: 'POST', url, headers, payload });
}

async function postOffer(test_: AppUnderTest, query = '', key?: string): Promise<Answer> {
  const headers = {
    ...HOST,
    'content-type': 'application/sdp',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  return post(test_, `${URL_}${query}`, { headers, payload: SDP });
}

async function secretFor(test_: AppUnderTest, session?: unknown, prism?: unknown): Promise<string> {
  const response = await test_.app.inject({
    method: 'POST',
    url: '/v1/realtime/client_secrets',
    headers: HOST,
    payload: { session, prism },
  });
  return (JSON.parse(response.body) as { value: string }).value;
}

function lastRequest({ started }: AppUnderTest): CallRequest {
  const last = started.at(-1);
  assert.ok(last);
  return last.request;
}

suite('forms of a call', () => {
  test('[HTP8] offer and session come as typed parts, as strings, or as files', async () => {
    const test_ = await makeApp();
    const session = JSON.stringify(SESSION);
    const styles: readonly (readonly Part[])[] = [
      [SDP_PART, sessionPart(SESSION)],
      [
        { name: 'sdp', value: SDP },
        { name: 'session', value: session },
      ],
      [
        { ...SDP_PART, fileName: 'offer.sdp' },
        { ...sessionPart(SESSION), fileName: 'blob' },
      ],
      [sessionPart(SESSION), { ...SDP_PART, fileName: 'blob' }],
    ];
    for (const style of styles) {
      const response = await post(test_, URL_, formOf(style));
      assert.equal(response.statusCode, 201, response.body);
      assert.equal(response.headers['location'], `/v1/realtime/calls/rtc_${test_.started.length}`);
      assert.deepEqual(test_.started.at(-1), {
        offerSdp: SDP,
        request: { ...PLAIN_REQUEST, session: SESSION, ...FROM_HERE },
      });
    }
    assert.equal((await post(test_, URL_, formOf([SDP_PART]))).statusCode, 201);
    assert.equal(lastRequest(test_).session, undefined);
  });

  test('[HTP8] a form that is wrong is refused with the part at fault', async () => {
    const test_ = await makeApp();
    const cases: readonly (readonly [readonly Part[], number, string, string | null])[] = [
      [[sessionPart(SESSION)], 400, 'invalid_sdp', 'sdp'],
      [[SDP_PART, { name: 'session', value: '{' }], 400, 'invalid_session', 'session'],
      [[SDP_PART, { name: 'session', value: '' }], 400, 'invalid_session', 'session'],
      [[SDP_PART, sessionPart({ instructions: 'x' })], 400, 'invalid_session', 'session.type'],
      [
        [SDP_PART, sessionPart({ type: 'realtime', audio: { output: { speed: 9 } } })],
        400,
        'invalid_session',
        'session.audio.output.speed',
      ],
      [[SDP_PART, { name: 'sesion', value: '{}' }], 400, 'invalid_request', 'sesion'],
      [[{ name: 'sdp', value: 'v=0'.padEnd(65_537, 'x') }], 413, 'request_too_large', 'sdp'],
      [
        [SDP_PART, sessionPart({ type: 'realtime', instructions: 'x'.repeat(262_144) })],
        413,
        'request_too_large',
        'session',
      ],
      [
        [SDP_PART, sessionPart({ type: 'realtime', instructions: 'x'.repeat(400_000) })],
        413,
        'request_too_large',
        null,
      ],
    ];
    for (const [parts, status, code, param] of cases) {
      const error = errorOf(await post(test_, URL_, formOf(parts)));
      assert.deepEqual([error.status, error.code, error.param], [status, code, param]);
    }
    const { payload } = formOf([SDP_PART]);
    for (const contentType of ['multipart/form-data', 'multipart/form-data; boundary=other']) {
      const headers = { ...HOST, 'content-type': contentType };
      assert.equal(errorOf(await post(test_, URL_, { headers, payload })).code, 'invalid_request');
    }
    assert.equal(test_.started.length, 0);
  });

  test('[HTP8] whatever comes as a form is either read or refused', async () => {
    const piece = fc.constantFrom(
      '--frontier',
      '--frontier--',
      '\r\n',
      '\n',
      'Content-Disposition: form-data; name="sdp"',
      'Content-Disposition: form-data; name="session"; filename="',
      'Content-Type: application/json; charset="',
      '{"type":"realtime"}',
      '"',
      ';',
      '\u0000',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 12 })), { maxLength: 40 }),
        async (pieces) => {
          const body = Buffer.from(pieces.join(''));
          const read = await readCallForm(body, 'multipart/form-data; boundary=frontier');
          assert.ok(read.isValid ? read.offerSdp !== '' : read.error.message !== '');
        },
      ),
      { seed: 8, numRuns: 2_000 },
    );
  });

  test('[HTP8] a session cannot pass a prototype on', async () => {
    const test_ = await makeApp();
    const value = '{"type":"realtime","__proto__":{"model":"x"},"audio":{"__proto__":{}}}';
    await post(test_, URL_, formOf([SDP_PART, { name: 'session', value }]));
    const { session, model } = lastRequest(test_);
    assert.deepEqual([session, model], [{ type: 'realtime', audio: {} }, undefined]);
  });
});

suite('what a call asks', () => {
  test('[HTP9] the query names the model, the data channel, the filter and early audio', async () => {
    const test_ = await makeApp();
    await postOffer(
      test_,
      '?model=gpt-realtime&dcid=1023&webrtcfilter=on&early_audio=on&begin=when_reached&unknown=1',
    );
    assert.deepEqual(lastRequest(test_), {
      ...PLAIN_REQUEST,
      model: 'gpt-realtime',
      ...FROM_HERE,
      dataChannelId: 1023,
      isClientFiltered: true,
      expectsEarlyAudio: true,
      isPrepared: true,
    });
    await postOffer(test_, '?dcid=0&webrtcfilter=off&begin=now');
    assert.deepEqual(lastRequest(test_), {
      ...PLAIN_REQUEST,
      ...FROM_HERE,
      dataChannelId: 0,
    });
  });

  test('[HTP9] a query that cannot be used is refused with its name', async () => {
    const test_ = await makeApp();
    for (const query of ['dcid=1024', 'dcid=-1', 'dcid=1.5', 'dcid=', 'dcid=x', 'dcid=1&dcid=2']) {
      const error = errorOf(await postOffer(test_, `?${query}`));
      assert.deepEqual(
        [error.status, error.code, error.param],
        [400, 'invalid_request', 'dcid'],
        query,
      );
    }
    for (const query of ['model=', 'model=a&model=b'])
      assert.equal(errorOf(await postOffer(test_, `?${query}`)).param, 'model', query);
    assert.equal(errorOf(await postOffer(test_, '?early_audio=1')).param, 'early_audio');
    for (const query of ['webrtcfilter=', 'webrtcfilter=yes', 'webrtcfilter=on&webrtcfilter=on'])
      assert.equal(errorOf(await postOffer(test_, `?${query}`)).param, 'webrtcfilter', query);
    for (const query of ['begin=', 'begin=later', 'begin=now&begin=now'])
      assert.equal(errorOf(await postOffer(test_, `?${query}`)).param, 'begin', query);
    assert.equal(test_.started.length, 0);
  });

  test('[HTP10] of the headers only those that policy names reach the upstream', async () => {
    const test_ = await makeApp();
    const headers = {
      ...HOST,
      'content-type': 'application/sdp',
      authorization: 'Bearer sk-1',
      'OpenAI-Safety-Identifier': 'user-1',
      'openai-organization': 'org-1',
    };
    await post(test_, URL_, { headers, payload: SDP });
    assert.deepEqual(lastRequest(test_).upstreamHeaders, { 'openai-safety-identifier': 'user-1' });
  });

  test("[HTP11] a client secret's session applies, and the call's own changes it", async () => {
    const test_ = await makeApp();
    const bound = {
      type: 'realtime',
      model: 'bound-model',
      instructions: 'Bound.',
      audio: { output: { voice: 'cedar', speed: 1.2 } },
    };
    const key = await secretFor(test_, bound, { policy: { preset: 'open' } });
    await postOffer(test_, '', key);
    assert.deepEqual(
      [lastRequest(test_).session, lastRequest(test_).model],
      [bound, 'bound-model'],
    );

    const form = formOf([
      SDP_PART,
      sessionPart({ type: 'realtime', audio: { output: { voice: 'sage' } } }),
    ]);
    const headers = { ...form.headers, authorization: `Bearer ${key}` };
    await post(test_, `${URL_}?model=asked-model`, { ...form, headers });
    const { session, model } = lastRequest(test_);
    assert.equal(model, 'asked-model');
    assert.deepEqual(session, {
      ...bound,
      model: 'asked-model',
      audio: { output: { voice: 'sage', speed: 1.2 } },
    });
  });

  test("[HTP11] what is the server's can be repeated by the call, and not changed", async () => {
    const test_ = await makeApp();
    const bound = {
      type: 'realtime',
      model: 'bound-model',
      instructions: 'Bound.',
      audio: { input: { turn_detection: null }, output: { voice: 'cedar' } },
    };
    const key = await secretFor(test_, bound);
    const call = async (session: object, query = ''): Promise<Answer> => {
      const form = formOf([SDP_PART, sessionPart({ type: 'realtime', ...session })]);
      const headers = { ...form.headers, authorization: `Bearer ${key}` };
      return post(test_, `${URL_}${query}`, { ...form, headers });
    };
    const own = { max_output_tokens: 9, audio: { output: { speed: 1.2, voice: 'cedar' } } };
    assert.equal((await call({ ...own, instructions: 'Bound.' }, '?model=other')).statusCode, 201);
    const { session, model } = lastRequest(test_);
    assert.equal(model, 'bound-model');
    assert.deepEqual(session, {
      ...bound,
      max_output_tokens: 9,
      audio: { ...bound.audio, output: { voice: 'cedar', speed: 1.2 } },
    });
    const changes: readonly (readonly [object, string])[] = [
      [{ instructions: '' }, 'session.instructions'],
      [{ model: 'other' }, 'session.model'],
      [{ audio: { output: { voice: 'sage' } } }, 'session.audio.output.voice'],
      [
        { audio: { input: { turn_detection: { type: 'server_vad' } } } },
        'session.audio.input.turn_detection',
      ],
      [{ type: 'transcription' }, 'session.type'],
    ];
    for (const [change, param] of changes) {
      const error = errorOf(await call(change));
      assert.deepEqual([error.status, error.code, error.param], [403, 'field_not_allowed', param]);
    }
    assert.equal(test_.started.length, 1);
  });

  test('[HTP11] a transcription session makes the call one of transcription', async () => {
    const test_ = await makeApp();
    const bound = {
      type: 'transcription',
      audio: { input: { transcription: { model: 'whisper-1' } } },
    };
    const key = await secretFor(test_, bound);
    await postOffer(test_, '', key);
    const { intent, model, session } = lastRequest(test_);
    assert.deepEqual([intent, model, session], ['transcription', undefined, bound]);
    const refused = errorOf(await postOffer(test_, '?model=gpt-realtime', key));
    assert.deepEqual([refused.status, refused.param], [400, 'model']);
    await post(test_, URL_, formOf([SDP_PART, sessionPart(bound)]));
    assert.equal(lastRequest(test_).intent, 'transcription');
  });
});

suite('call control', () => {
  test('[HTP12] what is for telephone calls is refused for others', async () => {
    const test_ = await makeApp();
    for (const action of ['accept', 'reject', 'refer']) {
      for (const [callId, status, code] of [
        ['rtc_1', 400, 'not_a_telephone_call'],
        ['rtc_2', 404, 'call_id_not_found'],
        ['nope', 404, 'call_id_not_found'],
      ] as const) {
        const response = await test_.app.inject({
          method: 'POST',
          url: `${URL_}/${callId}/${action}`,
          headers: HOST,
          payload: { type: 'realtime' },
        });
        const error = errorOf(response);
        assert.deepEqual([error.status, error.code], [status, code], `${action} ${callId}`);
      }
    }
  });
});

suite('a further offer for a call', () => {
  async function patch(url: string, payload: string, type = 'application/sdp') {
    const test_ = await makeApp();
    const headers = { host: 'localhost', 'content-type': type };
    return { test_, response: await test_.app.inject({ method: 'PATCH', url, headers, payload }) };
  }

  test('[ATT7] it is answered with 200 and an SDP answer, and dcid goes with it', async () => {
    const { test_, response } = await patch('/v1/realtime/calls/rtc_1?dcid=7', SDP);
    assert.equal(response.statusCode, 200);
    assert.equal(response.body, 'v=0 another answer');
    assert.match(String(response.headers['content-type']), /^application\/sdp/);
    assert.equal(test_.started.at(-1)?.offerSdp, SDP);
    assert.equal(lastRequest(test_).dataChannelId, 7);
  });

  test('[ATT7] [ATT8] a wrong dcid, type or call is refused', async () => {
    assert.equal((await patch('/v1/realtime/calls/rtc_1?dcid=x', SDP)).response.statusCode, 400);
    assert.equal(
      (await patch('/v1/realtime/calls/rtc_1', '{}', 'application/json')).response.statusCode,
      415,
    );
    assert.equal((await patch('/v1/realtime/calls/rtc_2', SDP)).response.statusCode, 404);
  });
});
