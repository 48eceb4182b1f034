import type { PrismOptions, SettingName } from '@prism/server';
import { FakeUpstream } from './fake-upstream.ts';
import { type PrismUnderTest, startPrism } from './prism-under-test.ts';

/** A Prism whose upstream is the test's. */
export interface PrismOnFakeUpstream extends PrismUnderTest {
  readonly upstream: FakeUpstream;
  /** Ends both. */
  close(): Promise<void>;
}

/** Starts a fake upstream, and Prism in this process in front of it, dialling it as it does OpenAI. */
export async function startPrismOnFakeUpstream(
  settings: Partial<Record<SettingName, unknown>> = {},
  options: PrismOptions = {},
): Promise<PrismOnFakeUpstream> {
  const upstream = await FakeUpstream.start();
  const server = await startPrism(
    {
      upstreamKind: 'openai',
      upstreamApiKey: 'sk-test-upstream',
      upstreamBaseUrl: upstream.baseUrl,
      ...settings,
    },
    options,
  );
  const close = async (): Promise<void> => {
    await server.prism.close();
    await upstream.close();
  };
  return { ...server, upstream, close };
}
