/** A row of the ledger as `GET /v1/prism/usage` answers it, as far as tests read it. */
export interface UsageRow {
  readonly group: Readonly<Record<string, string>>;
  readonly sessions: number;
  readonly responses: number;
  readonly transcriptions: number;
  readonly tokens: Readonly<Record<string, number>>;
  readonly transcribed_seconds: number;
  readonly input_audio_seconds: number;
  readonly session_seconds: number;
  readonly cost_usd: number;
  readonly estimated: number;
}

/** What was used, as a running server tells. */
export async function usageOf(
  url: string,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly UsageRow[]> {
  const response = await fetch(`${url}/v1/prism/usage${query}`, { headers });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { readonly data: readonly UsageRow[] };
  return data;
}
