import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT_PATH = fileURLToPath(new URL('../../../', import.meta.url));
const VITE_PATH = join(ROOT_PATH, 'node_modules/vite/bin/vite.js');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** An example, built as its reader would, on a web server of its own. */
export class ExampleSite {
  readonly origin: string;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, folder: string, port: number) {
    this.#server = server;
    this.#folder = folder;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** Builds the example of that name and serves it. Throws what the build says if it fails. */
  static async build(name: string): Promise<ExampleSite> {
    const folder = mkdtempSync(join(tmpdir(), 'prism-example-'));
    await promisify(execFile)(process.execPath, [VITE_PATH, 'build', '--outDir', folder], {
      cwd: join(ROOT_PATH, 'examples', name),
    });
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://example.test');
      const path = join(folder, normalize(pathname === '/' ? '/index.html' : pathname));
      try {
        const content = readFileSync(path);
        const type = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type }).end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new ExampleSite(server, folder, address.port);
  }

  close(): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
