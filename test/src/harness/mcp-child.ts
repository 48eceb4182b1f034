// A Model Context Protocol server on standard input and output, written from the specification alone (2025-06-18):
// `node mcp-child.js`. Its tools tell of its process, so that tests can end it.
import { createInterface } from 'node:readline';

interface Request {
  readonly id?: number;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly name?: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
  };
}

const TOOLS = [
  { name: 'pid', description: 'Tells its process.', inputSchema: { type: 'object' } },
  { name: 'environment', description: 'Tells its variables.', inputSchema: { type: 'object' } },
  { name: 'hang', description: 'Never answers.', inputSchema: { type: 'object' } },
  {
    name: 'add',
    description: 'Adds two numbers.',
    inputSchema: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
];

function answer(id: number, result: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
}

function told(text: string): object {
  return { content: [{ type: 'text', text }] };
}

function call(id: number, name: string, args: Readonly<Record<string, unknown>>): void {
  switch (name) {
    case 'pid':
      return answer(id, told(String(process.pid)));
    case 'environment':
      return answer(id, told(JSON.stringify(process.env)));
    case 'add':
      return answer(id, told(String(Number(args['a']) + Number(args['b']))));
    default:
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as Request;
  if (id === undefined) return;
  switch (method) {
    case 'initialize':
      return answer(id, {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'child', version: '1' },
      });
    case 'tools/list':
      return answer(id, { tools: TOOLS });
    case 'tools/call':
      return call(id, params?.name ?? '', params?.arguments ?? {});
    default:
  }
});
