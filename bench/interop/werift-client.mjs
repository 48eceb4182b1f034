// A client on werift: calls the server at URL, sends a tone, and tells what came of it as one line of JSON.
import { readFileSync } from 'node:fs';
import { weriftCall } from '../../test/dist/harness/network/foreign-call.js';

const manifest = new URL('../../node_modules/werift/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
console.log(JSON.stringify({ version, ...(await weriftCall(process.argv[2])) }));
