import type { FakeUpstream } from '../fake-upstream.ts';
import { type CallPlan, type CallServer, CodedCall, type CodedCallParts } from './coded-call.ts';
import type { ImpairmentPlan } from './impairment.ts';
import { type ForwardTap, ImpairmentProxy } from './impairment-proxy.ts';

/** A call's plan, and who is told of its datagrams. */
export interface ImpairedCallPlan extends CallPlan {
  readonly tap?: ForwardTap;
}

/** One call through an {@link ImpairmentProxy}. */
export class ImpairedCall extends CodedCall {
  readonly proxy: ImpairmentProxy;

  private constructor(parts: CodedCallParts, proxy: ImpairmentProxy) {
    super(parts);
    this.proxy = proxy;
  }

  /** Connects over a clean network; impair it afterwards. The upstream must get no other session meanwhile. */
  static async connect(
    server: CallServer,
    upstream: FakeUpstream,
    plan: ImpairedCallPlan = {},
  ): Promise<ImpairedCall> {
    const proxy = await ImpairmentProxy.open(plan.tap);
    const route = (sdp: string): string => proxy.rewriteAnswer(sdp);
    const parts = await CodedCall.dial(server, upstream, { plan, route });
    return new ImpairedCall(parts, proxy);
  }

  impair(plan: ImpairmentPlan): void {
    this.proxy.impair('up', plan);
    this.proxy.impair('down', plan);
  }

  override close(): void {
    super.close();
    this.proxy.close();
  }
}
