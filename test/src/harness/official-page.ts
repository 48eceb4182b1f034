import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const SDK_PATH = join(dirname(require.resolve('@openai/agents-realtime')), 'bundle');

/**
 * What the application does, in its own words: an agent with a tool, connected over WebRTC by the URL alone.
 * `window.app` is what a test may look at.
 */
const APPLICATION = `
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } from '/sdk/openai-realtime-agents.mjs';

const colors = [];
const paint = tool({
  name: 'set_theme_color',
  description: 'Paints the page in a color.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { color: { type: 'string', enum: ['purple', 'green', 'orange'] } },
    required: ['color'],
    additionalProperties: false,
  },
  execute: async ({ color }) => {
    colors.push(color);
    return 'The page is ' + color + ' now.';
  },
});
const agent = new RealtimeAgent({ name: 'Painter', instructions: 'You paint.', tools: [paint] });
const transport = new OpenAIRealtimeWebRTC();
const session = new RealtimeSession(agent, { transport });
const events = [];
const errors = [];
transport.on('*', (event) => events.push(event));
session.on('error', (error) => errors.push(JSON.stringify(error)));
window.app = {
  colors, events, errors, session, transport,
  connect: (apiKey, url) => session.connect({ apiKey, url }),
  types: () => events.map((event) => event.type),
};
document.title = 'ready';
`;

/** An application of somebody else: a server and origin of its own, and the official SDK as it is published. */
export class OfficialApp {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OfficialApp> {
    const server = createServer(({ url = '/' }, response) => {
      if (url.startsWith('/sdk/')) {
        response.setHeader('content-type', 'text/javascript');
        response.end(readFileSync(join(SDK_PATH, basename(url))));
      } else if (url === '/app.mjs') {
        response.setHeader('content-type', 'text/javascript');
        response.end(APPLICATION);
      } else {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><script type="module" src="/app.mjs"></script>');
      }
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new OfficialApp(server);
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
