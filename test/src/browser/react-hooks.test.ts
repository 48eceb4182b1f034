import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { bundleHooksPage, type ReactMajor } from '../harness/react/bundle-page.ts';

/** What the page counts. */
interface Counts {
  readonly call: number;
  readonly transcript: number;
  readonly level: number;
}

/** What the hooks sent. */
interface SentEvent {
  readonly type: string;
  readonly item?: { readonly output?: string };
}

const MAJORS: readonly ReactMajor[] = ['18', '19'];

for (const major of MAJORS) {
  suite(`the hooks in React ${major}, in Chromium`, () => {
    let browser: Browser;
    let code: string;

    before(async () => {
      code = await bundleHooksPage(major);
      // Silence: the beeps that Chromium plays else would now and then interrupt an answer.
      browser = await startBrowser('/dev/null');
    });

    after(async () => {
      await browser?.close();
    });

    /** A page whose hooks are mounted, and which has had its effects. */
    async function mount(isStrict: boolean, connectOnMount: boolean): Promise<Page> {
      const page = await browser.newPage();
      await page.setContent('<!doctype html><title>Hooks</title>');
      await page.addScriptTag({ content: code });
      await page.evaluate(`hooksPage.mount(${isStrict}, ${connectOnMount})`);
      await page.waitForFunction('hooksPage.effectCount() > 0');
      return page;
    }

    const textOf = (page: Page, id: string): Promise<string | null> => page.textContent(`#${id}`);
    const goesLive = async (page: Page): Promise<void> => {
      await page.evaluate('hooksPage.goLive()');
      await page.waitForFunction("document.getElementById('status').textContent === 'live'");
    };
    const leftovers = (page: Page): Promise<readonly string[]> =>
      page.evaluate<readonly string[]>('hooksPage.leftovers()');

    test('[RCT10] strict mode, which mounts twice, makes one call', async () => {
      const page = await mount(true, true);
      assert.ok((await page.evaluate<string>('hooksPage.reactVersion')).startsWith(major));
      assert.equal(await page.evaluate('hooksPage.effectCount()'), 2);
      await goesLive(page);
      assert.equal(await page.evaluate('hooksPage.callCount()'), 1);
      await page.evaluate(
        `hooksPage.receive('{"type":"response.created","response":{"id":"r1"}}')`,
      );
      assert.deepEqual(await page.evaluate('hooksPage.seenEvents'), ['response.created']);
      await page.close();
    });

    test('[RCT9] [RCT10] a page that takes the provider away leaves nothing open', async () => {
      const page = await mount(true, true);
      await goesLive(page);
      await page.evaluate('hooksPage.unmount()');
      assert.deepEqual(await leftovers(page), []);
      await page.close();
    });

    test('[RCT9] taken away while it connects, it leaves nothing open either', async () => {
      const page = await mount(false, true);
      assert.equal(await page.evaluate('hooksPage.callCount()'), 1);
      await page.evaluate('hooksPage.unmount()');
      assert.deepEqual(await leftovers(page), []);
      await page.close();
    });

    test('[RCT1] [RCT2] buttons connect once, mute and end', async () => {
      const page = await mount(true, false);
      assert.equal(await page.evaluate('hooksPage.callCount()'), 0);
      await page.click('#connect');
      await page.click('#connect');
      await goesLive(page);
      assert.equal(await page.evaluate('hooksPage.callCount()'), 1);
      await page.click('#mute');
      assert.equal(await textOf(page, 'muted'), 'true');
      await page.click('#end');
      assert.equal(await textOf(page, 'status'), 'ended');
      assert.deepEqual(await leftovers(page), []);
      await page.close();
    });

    test('[RCT12] rendered for a server the hooks say that there is no call, and make none', async () => {
      const page = await browser.newPage();
      await page.setContent('<!doctype html><title>Hooks</title>');
      await page.addScriptTag({ content: code });
      const html = await page.evaluate<string>('hooksPage.renderOnServer()');
      assert.match(html, /id="status">idle</);
      assert.match(html, /id="level">0</);
      assert.equal(await page.evaluate('hooksPage.callCount()'), 0);
      await page.close();
    });

    test('[RCT11] an action is offered once in strict mode, and runs the handler of the newest render', async () => {
      const page = await mount(true, true);
      await goesLive(page);
      const sent = (): Promise<readonly SentEvent[]> => page.evaluate('hooksPage.sent()');
      assert.deepEqual(
        (await sent()).map(({ type }) => type),
        ['session.update'],
      );
      for (const [callId, count] of [
        ['c1', '2'],
        ['c2', '4'],
      ] as const) {
        const item = {
          type: 'function_call',
          name: 'count_up',
          call_id: callId,
          arguments: '{"by":2}',
        };
        const event = { type: 'response.output_item.done', response_id: 'r1', item };
        await page.evaluate(`hooksPage.receive(${JSON.stringify(JSON.stringify(event))})`);
        await page.waitForFunction(`document.getElementById('count').textContent === '${count}'`);
      }
      await page.waitForFunction('hooksPage.sent().length === 3');
      assert.deepEqual(
        (await sent()).slice(1).map(({ item }) => item?.output),
        ['{"before":0}', '{"before":2}'],
      );
      await page.close();
    });

    test('[RCT5] [RCT8] words render the transcript alone, levels what shows them', async () => {
      const page = await mount(false, true);
      await goesLive(page);
      await page.waitForFunction("Number(document.getElementById('level').textContent) > 0.9");
      const counts = (): Promise<Counts> => page.evaluate<Counts>('({ ...hooksPage.renders })');
      const counted = await counts();
      const delta = { type: 'response.output_text.delta', item_id: 'i1', delta: 'Hello' };
      await page.evaluate(`hooksPage.receive(${JSON.stringify(JSON.stringify(delta))})`);
      await page.waitForFunction("document.getElementById('transcript').textContent === 'Hello'");
      assert.deepEqual(await counts(), { ...counted, transcript: counted.transcript + 1 });
      await page.close();
    });
  });
}
