import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PrismSession } from '../prism-session.ts';
import type { ConnectOptions } from '../session-options.ts';
import { callAnswer, FakePage, settle } from '../testing/fake-page.ts';
import { Tokens } from './tokens.ts';

const URL = 'http://prism.test';

function refusal(code: string): Response {
  const error = { type: 'authentication_error', code, message: 'The client secret has expired.' };
  return new Response(JSON.stringify({ error }), { status: 401 });
}

/** What a page's back end gives, one after the other. */
function getterOf(tokens: readonly string[]): { asked: number; readonly getToken: () => string } {
  const getter = { asked: 0, getToken: () => tokens[getter.asked++] ?? '' };
  return getter;
}

function presented(page: FakePage): readonly (string | undefined)[] {
  return page.requests.map(({ init }) => new Headers(init.headers).get('authorization') ?? 'none');
}

async function connect(page: FakePage, options: Partial<ConnectOptions>): Promise<PrismSession> {
  const connecting = PrismSession.connect({ url: URL, ...options }, {}, page.environment);
  await settle();
  page.call.receive({ type: 'session.created' });
  return connecting;
}

suite('tokens of a session', () => {
  test('[CLI65] getToken is asked once before the call, and its answer serves the call to its end', async () => {
    const page = new FakePage();
    const getter = getterOf(['ek_1', 'ek_2']);
    const { getToken } = getter;
    const session = await connect(page, { getToken, iceServers: 'server' });
    session.close();
    await settle();
    assert.deepEqual(presented(page), ['Bearer ek_1', 'Bearer ek_1', 'Bearer ek_1']);
    assert.equal(getter.asked, 1);
  });

  test('[CLI65] a token that is there goes first; getToken is for when it is refused', async () => {
    const page = new FakePage();
    const getter = getterOf(['ek_2']);
    page.answer = () =>
      Promise.resolve(page.requests.length === 1 ? refusal('ephemeral_key_expired') : callAnswer());
    const { getToken } = getter;
    await connect(page, { token: 'ek_1', getToken });
    assert.deepEqual(presented(page), ['Bearer ek_1', 'Bearer ek_2']);
  });

  test('[CLI65] requests at the same time wait for one answer', async () => {
    const page = new FakePage();
    let give: (token: string) => void = () => undefined;
    let asked = 0;
    const getToken = (): Promise<string> => {
      asked += 1;
      return new Promise((resolve) => {
        give = resolve;
      });
    };
    const tokens = new Tokens({ getToken }, page.environment.setTimer);
    const both = Promise.all([tokens.current(), tokens.current()]);
    await settle();
    give('ek_1');
    assert.deepEqual(await both, ['ek_1', 'ek_1']);
    assert.equal(asked, 1);
    assert.equal(page.timers.size, 0);
  });

  test('[CLI66] a refused token is asked for once more, and a second refusal is told', async () => {
    const page = new FakePage();
    const getter = getterOf(['ek_1', 'ek_2', 'ek_3']);
    page.answer = () => Promise.resolve(refusal('ephemeral_key_expired'));
    const { getToken } = getter;
    await assert.rejects(PrismSession.connect({ url: URL, getToken }, {}, page.environment), {
      code: 'server_refused',
      serverCode: 'ephemeral_key_expired',
      httpStatus: 401,
    });
    assert.deepEqual(presented(page), ['Bearer ek_1', 'Bearer ek_2']);
    assert.deepEqual(await page.leftovers(), []);
  });

  test('[CLI66] a back end that gives the refused token again isn’t tried again', async () => {
    const page = new FakePage();
    page.answer = () => Promise.resolve(refusal('client_secret_used_up'));
    const getToken = (): string => 'ek_1';
    await assert.rejects(PrismSession.connect({ url: URL, getToken }, {}, page.environment), {
      serverCode: 'client_secret_used_up',
    });
    assert.deepEqual(presented(page), ['Bearer ek_1']);
  });

  test('[CLI67] a getToken that throws, rejects or gives nothing fails with token_failed and the cause', async () => {
    const cause = new Error('no such shop');
    for (const [getToken, message, expected] of [
      [
        () => {
          throw cause;
        },
        'getToken failed: no such shop',
        cause,
      ],
      [() => Promise.reject(cause), 'getToken failed: no such shop', cause],
      [() => '', 'getToken gave no token.', undefined],
    ] as const) {
      const page = new FakePage();
      await assert.rejects(PrismSession.connect({ url: URL, getToken }, {}, page.environment), {
        code: 'token_failed',
        message,
        ...(expected === undefined ? {} : { cause: expected }),
      });
      assert.deepEqual(page.requests, []);
      assert.deepEqual(await page.leftovers(), []);
    }
  });

  test('[CLI67] a getToken that takes longer than 10 s fails with token_failed', async () => {
    const page = new FakePage();
    const getToken = (): Promise<string> => new Promise(() => undefined);
    const connecting = PrismSession.connect({ url: URL, getToken }, {}, page.environment);
    await settle();
    page.advance(9_999);
    await settle();
    assert.equal(page.call.isClosed, false);
    page.advance(1);
    await assert.rejects(connecting, {
      code: 'token_failed',
      message: 'getToken took longer than 10 s.',
    });
    assert.deepEqual(await page.leftovers(), []);
  });
});
