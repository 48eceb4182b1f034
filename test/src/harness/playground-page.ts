import type { Page } from 'playwright-core';
import { eventuallyAsync } from './eventually.ts';
import type { PrismProcess } from './prism-process.ts';

/**
 * As long as the page itself tries to connect, and a little more: what fails by then, the page tells by itself. On a
 * machine that others load, setting up a call takes seconds.
 */
const CONNECT_WITHIN_MS = 25_000;

/** What the page shows of its call. */
interface ShownCall {
  readonly phase: string;
  /** Code and text of the banner; empty without one. */
  readonly error: string;
}

/** The playground in a browser, as its user sees it. */
export class PlaygroundPage {
  readonly #page: Page;
  readonly #prism: PrismProcess;

  constructor(page: Page, prism: PrismProcess) {
    this.#page = page;
    this.#prism = prism;
  }

  /** Who answers, as the page says once it has asked the server: before that it says that it is asking. */
  async upstreamLabel(): Promise<string> {
    const label = this.#page.getByTestId('upstream-label');
    await eventuallyAsync(
      'answer to who answers',
      async () => (await label.getAttribute('data-kind')) !== 'none',
    );
    return label.innerText();
  }

  /** Presses the button and waits until the call is live. Throws what the page and the server say if it isn't. */
  async connect(): Promise<void> {
    const { phase, error } = await this.#call();
    if (phase !== 'live') throw new Error(await this.#explain(`The call is ${phase}. ${error}`));
  }

  /** Presses the button, and answers the error that the page then shows. Throws if the call gets on without one. */
  async connectAndFail(): Promise<string> {
    const { phase, error } = await this.#call();
    if (error === '')
      throw new Error(await this.#explain(`The call is ${phase}, without an error.`));
    return error;
  }

  async #call(): Promise<ShownCall> {
    await this.#page.getByTestId('talk-button').click();
    let last: ShownCall = { phase: '', error: '' };
    try {
      return await eventuallyAsync(
        'outcome of the call',
        async () => {
          last = await this.#shown();
          return last.phase === 'live' || last.error !== '' ? last : undefined;
        },
        CONNECT_WITHIN_MS,
      );
    } catch (cause) {
      throw new Error(await this.#explain(JSON.stringify(last)), { cause });
    }
  }

  async #shown(): Promise<ShownCall> {
    return this.#page.evaluate<ShownCall>(`({
      phase: document.querySelector('[data-testid=connection-state]')?.dataset.phase ?? '',
      error: document.querySelector('[data-testid=error-banner]')?.innerText ?? '',
    })`);
  }

  async #explain(what: string): Promise<string> {
    const seen = await this.#page.evaluate<string>('document.body.innerText');
    return `${what}\nThe page:\n${seen}\nThe server:\n${this.#prism.output}${this.#prism.errorOutput}`;
  }
}
