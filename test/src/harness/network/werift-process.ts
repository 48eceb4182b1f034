// A process of its own: werift keeps handles after its connections are closed. `werift-process.js URL` tells what came
// of its call as one line of JSON, and ends.
import { callWithWerift } from './werift-call.ts';

const call = await callWithWerift(process.argv[2] ?? '');
process.stdout.write(`${JSON.stringify(call)}\n`, () => process.exit(0));
