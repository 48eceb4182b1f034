import type { Browser, Page } from 'playwright-core';
import { eventuallyAsync } from './eventually.ts';
import { mintSecret } from './mint-secret.ts';
import type { OfficialApp } from './official-app.ts';
import { installPageEars } from './page-ears.ts';

/** A page with `AGENTS_APPLICATION` on it: the Agents SDK, and ears on what it plays and records. */
export class AgentsPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, app: OfficialApp): Promise<AgentsPage> {
    const page = await browser.newPage();
    await installPageEars(page);
    await app.show(page);
    return new AgentsPage(page);
  }

  /** Connects with a client secret, as an application's own server would mint it. */
  async connect(url: string, secret: Parameters<typeof mintSecret>[1] = {}): Promise<void> {
    const value = await mintSecret(url, secret);
    await this.page.evaluate(`app.connect('${value}', '${url}/v1/realtime/calls')`);
  }

  /** Types of the events that have come, in order. */
  async types(): Promise<readonly string[]> {
    return this.page.evaluate<string[]>('app.types()');
  }

  /** Waits for an event of a type. */
  async until(type: string, withinMs?: number): Promise<void> {
    await eventuallyAsync(type, async () => (await this.types()).includes(type), withinMs);
  }

  /** What media travels over. */
  async protocol(): Promise<string> {
    return this.page.evaluate<string>(`(async () => {
      const stats = await app.transport.connectionState.peerConnection.getStats();
      const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === 'transport');
      return stats.get(stats.get(selectedCandidatePairId).localCandidateId).protocol;
    })()`);
  }
}
