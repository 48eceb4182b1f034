import { type InfoState } from '../state/call-state.ts';
import { parseServerInfo } from '../state/server-info.ts';

/** Asks Prism who it is; anything but a proper answer counts as unavailable. */
export async function fetchServerInfo(url: string, apiKey: string | undefined): Promise<InfoState> {
  const headers: HeadersInit = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
  try {
    const response = await fetch(`${url}/v1/prism/info`, { headers });
    const info = response.ok ? parseServerInfo(await response.json()) : undefined;
    return info === undefined ? { type: 'unavailable' } : { type: 'known', info };
  } catch {
    // The panel says so; a call that cannot be made either explains itself in the banner.
    return { type: 'unavailable' };
  }
}
