// A process of its own: werift keeps handles after its connections are closed. `werift-process.js URL [PLAN]` tells what
// came of its call as one line of JSON, and ends. PLAN, as JSON, is what the network does to what werift is sent.
import type { ImpairmentPlan } from './impairment.ts';
import { ImpairmentProxy } from './impairment-proxy.ts';
import { callWithWerift } from './werift-call.ts';

const [url = '', plan] = process.argv.slice(2);
let proxy: ImpairmentProxy | undefined;
if (plan !== undefined) {
  proxy = await ImpairmentProxy.open();
  proxy.impair('down', JSON.parse(plan) as ImpairmentPlan);
}
const call = await callWithWerift(url, (sdp) => proxy?.rewriteAnswer(sdp) ?? sdp);
process.stdout.write(`${JSON.stringify(call)}\n`, () => process.exit(0));
