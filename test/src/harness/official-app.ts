import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import type { Page } from 'playwright-core';

const require = createRequire(import.meta.url);

/** The official packages as they are published, and Prism's own, by the first part of their path. */
const PACKAGE_PATHS = new Map([
  ['sdk', join(dirname(require.resolve('@openai/agents-realtime')), 'bundle')],
  ['openai', dirname(require.resolve('openai'))],
  ['prism', dirname(require.resolve('@prism/client'))],
]);

/** An application of somebody else: a server and origin of its own, and an official package, unchanged and unbundled. */
export class OfficialApp {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Serves a page with one module, `application`, which imports from `/sdk/` (Agents SDK), `/openai/` (the `openai`
   * package) or `/prism/` (Prism's SDK) and says that it is ready by its title. A function is asked whenever a page is opened.
   */
  static async start(application: string | (() => string)): Promise<OfficialApp> {
    const server = createServer(({ url = '/' }, response) => {
      const [, folder = '', ...rest] = url.split('/');
      const packagePath = PACKAGE_PATHS.get(folder);
      if (packagePath !== undefined) {
        response.setHeader('content-type', 'text/javascript');
        response.end(readFileSync(join(packagePath, normalize(rest.join('/')))));
      } else if (url === '/app.mjs') {
        response.setHeader('content-type', 'text/javascript');
        response.end(typeof application === 'string' ? application : application());
      } else {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><script type="module" src="/app.mjs"></script>');
      }
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new OfficialApp(server);
  }

  /** Opens its page there, and waits until it says that it is ready. */
  async show(page: Page): Promise<void> {
    await page.goto(this.origin);
    await page.waitForFunction('document.title === "ready"');
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
