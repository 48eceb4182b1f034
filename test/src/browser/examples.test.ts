import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { ExampleSite } from '../harness/example-site.ts';
import { PrismProcess } from '../harness/prism-process.ts';

/** How the page shows what is asked of it. */
const EXAMPLES = [
  { name: 'vanilla', live: "document.getElementById('status').value === 'live'", page: 'body' },
  {
    name: 'react',
    live: "document.querySelector('output').textContent === 'live'",
    page: '[data-testid=page]',
  },
] as const;

for (const example of EXAMPLES) {
  suite(`the example ${example.name}, built, in Chromium`, () => {
    let site: ExampleSite;
    let prism: PrismProcess;
    let url: string;
    let browser: Browser;

    before(async () => {
      site = await ExampleSite.build(example.name);
      ({ prism, url } = await PrismProcess.serve({ PRISM_ALLOWED_ORIGINS: site.origin }));
      // Silence: the beeps that Chromium plays else would now and then interrupt an answer.
      browser = await startBrowser('/dev/null');
    });

    after(async () => {
      await browser?.close();
      await prism?.stop();
      site?.close();
    });

    test('[PKG7] a person types, is answered, and the model colours the page', async () => {
      const page = await browser.newPage();
      const thrown: string[] = [];
      page.on('pageerror', (error) => thrown.push(error.message));
      await page.goto(`${site.origin}/?server=${encodeURIComponent(url)}`);
      await page.getByRole('button', { name: 'Talk' }).click();
      await page.waitForFunction(example.live);
      await page.getByLabel('Message').fill('make the page purple');
      await page.getByLabel('Message').press('Enter');
      await page.waitForFunction(
        `document.querySelector('${example.page}').style.background === 'purple'`,
      );
      const transcript = page.getByRole('list');
      await transcript.getByText('The page is purple now.').waitFor();
      const said = await transcript.innerText();
      assert.match(said, /user: make the page purple/);
      assert.match(said, /set_theme_color\(\{"color": ?"purple"\}\)/);
      // What the page told of itself is nobody's words.
      assert.doesNotMatch(said, /system:/);
      assert.equal(
        await page
          .getByRole('alert')
          .allInnerTexts()
          .then((texts) => texts.join('')),
        '',
      );
      await page.getByRole('button', { name: 'Hang up' }).click();
      await page.getByRole('button', { name: 'Talk' }).waitFor();
      assert.deepEqual(thrown, []);
      await page.close();
    });
  });
}
