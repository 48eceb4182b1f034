// A client on werift: calls the server at URL, sends a tone, and tells what came of it as one line of JSON.
import { readFileSync } from 'node:fs';
import { callWithWerift } from '../../test/dist/harness/network/werift-call.js';

const manifest = new URL('../../node_modules/werift/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
console.log(JSON.stringify({ version, ...(await callWithWerift(process.argv[2])) }));
process.exit(0);
