import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PrismSession } from '../prism-session.ts';
import type { ConnectOptions } from '../session-options.ts';
import { callAnswer, FakePage, mapStore, settle } from '../testing/fake-page.ts';
import { visibleEntries } from '../transcript.ts';
import { KeptCalls } from './kept-call.ts';

const URL = 'http://prism.test';
const SAID = {
  type: 'conversation.item.added',
  event_id: 'event_7',
  item: {
    id: 'item_1',
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: 'Hello.' }],
  },
};

function begin(page: FakePage, options: Partial<ConnectOptions> = {}): Promise<PrismSession> {
  const all = { url: URL, token: 'ek_1', resume: 'reload', ...options } as const;
  return PrismSession.connect(all, {}, page.environment);
}

/** A page in a call, as it is loaded anew: the next page of the tab. */
async function reloaded(awayMs = 0): Promise<FakePage> {
  const page = new FakePage();
  const connecting = begin(page);
  await settle();
  page.call.receive({ type: 'session.created', event_id: 'event_1' });
  await connecting;
  page.call.receive(SAID);
  for (const listener of page.pageHideListeners) listener();
  await settle();
  assert.deepEqual(page.hangUps, []);
  const next = new FakePage();
  next.store = page.store;
  next.wallMs = page.wallMs + awayMs;
  return next;
}

suite('a page that is loaded anew', () => {
  test('[CLI70] goes on with its call, by its own token and after its last event, with what was said', async () => {
    const page = await reloaded(29_999);
    const connecting = begin(page, { token: 'ek_2' });
    await settle();
    assert.equal(page.call.request.callId, 'rtc_abc');
    assert.equal(page.call.request.lastEventId(), 'event_7');
    assert.equal(page.call.request.endpoint.tokens.known, 'ek_1');
    page.call.receive({ type: 'prism.session.resumed', event_id: 'r', is_complete: true });
    const session = await connecting;
    assert.equal(session.status.phase, 'live');
    assert.deepEqual(
      visibleEntries(session.restored?.transcript ?? assert.fail('no transcript')).map((entry) =>
        entry.type === 'message' ? entry.text : '',
      ),
      ['Hello.'],
    );
    // The page offers what it did: nothing is said of that.
    await settle();
    assert.deepEqual(
      page.call.sent.map(({ type }) => type),
      ['prism.session.keep'],
    );
  });

  test('[CLI70] begins a new call after 30 s, in another tab, for another server, or a second time', async () => {
    const late = await reloaded(30_000);
    const otherTab = new FakePage();
    const other = await reloaded();
    const twice = await reloaded();
    const calls = new KeptCalls({ store: twice.store, wallMs: () => twice.wallMs, url: URL });
    assert.equal(calls.take()?.callId, 'rtc_abc');
    for (const [page, url] of [
      [late, URL],
      [otherTab, URL],
      [other, 'http://other.test'],
      [twice, URL],
    ] as const) {
      void begin(page, { url }).catch(() => undefined);
      await settle();
      assert.equal(page.call.request.callId, undefined);
      assert.equal(page.call.request.lastEventId(), undefined);
    }
  });

  test('[CLI70] begins a new call when the one it had is gone', async () => {
    const page = await reloaded();
    const error = { type: 'invalid_request_error', code: 'call_id_not_found', message: 'Gone.' };
    page.answer = () =>
      Promise.resolve(
        page.media.length === 1
          ? new Response(JSON.stringify({ error }), { status: 404 })
          : callAnswer(),
      );
    const connecting = begin(page, { token: 'ek_2' });
    await settle();
    page.call.receive({ type: 'session.created' });
    const session = await connecting;
    assert.equal(session.restored, undefined);
    assert.deepEqual(
      page.mediaRequests.map(({ callId }) => callId),
      ['rtc_abc', undefined],
    );
    assert.equal(page.call.request.endpoint.tokens.known, 'ek_2');
  });

  test('[CLI70] hangs up if it isn’t asked to go on, or has no call yet', async () => {
    const page = new FakePage();
    const connecting = begin(page);
    await settle();
    for (const listener of page.pageHideListeners) listener();
    await assert.rejects(connecting, { code: 'connect_aborted' });
    assert.equal(page.hangUps.length, 1);
  });

  test('[CLI70] a store that is full, forbidden or somebody else’s is no call', async () => {
    const forbidden = (): never => {
      throw new Error('forbidden');
    };
    const closed = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    const strange = mapStore();
    strange.setItem(`prism.call ${URL}`, '{"callId":7}');
    const broken = mapStore();
    broken.setItem(`prism.call ${URL}`, '{');
    for (const store of [closed, strange, broken]) {
      const page = new FakePage();
      page.store = store;
      const connecting = begin(page);
      await settle();
      page.call.receive({ type: 'session.created' });
      await connecting;
      for (const listener of page.pageHideListeners) listener();
      assert.equal(page.call.request.callId, undefined);
    }
  });
});
