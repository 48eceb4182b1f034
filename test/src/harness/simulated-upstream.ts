import { createSimulator, type Simulator, type SimulatorScriptInput } from '@prism/engine';

/** The simulator as Prism's upstream, and what points a server in this process or another one at it. */
export interface SimulatedUpstream {
  readonly simulator: Simulator;
  /** For {@link startPrism}. */
  readonly settings: Readonly<Record<'upstreamKind' | 'upstreamBaseUrl', string>>;
  /** For {@link PrismProcess}. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startSimulatedUpstream(
  script: SimulatorScriptInput,
): Promise<SimulatedUpstream> {
  const simulator = await createSimulator({ script });
  return {
    simulator,
    settings: { upstreamKind: 'realtime', upstreamBaseUrl: simulator.url },
    env: { PRISM_UPSTREAM: 'realtime', OPENAI_BASE_URL: simulator.url },
    close: () => simulator.close(),
  };
}
