import type { LinkKind } from './link-kind.ts';

/** How long what worked on a network is taken to work there again. */
const REMEMBERED_MS_MAX = 60 * 60 * 1_000;

const KEY_PREFIX = 'prism.link ';

/** Where a memory is kept: `localStorage`, where a page has it. */
export type MemoryStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Remembers, by server and network, that WebRTC didn't get through, so that the next session begins with what works.
 * Browsers name no networks; the kind of connection is as near as they come.
 */
export class LinkMemory {
  readonly #store: MemoryStore | undefined;
  readonly #key: string;
  readonly #wallMs: () => number;

  /** @param network - Names the network, as far as it can be told. */
  constructor(
    store: MemoryStore | undefined,
    place: { readonly url: string; readonly network: string },
    wallMs: () => number,
  ) {
    this.#store = store;
    this.#key = `${KEY_PREFIX}${place.url} ${place.network}`;
    this.#wallMs = wallMs;
  }

  /** What to begin with. */
  get first(): LinkKind {
    const writtenMs = Number(this.#read() ?? Number.NaN);
    return this.#wallMs() - writtenMs < REMEMBERED_MS_MAX ? 'websocket' : 'webrtc';
  }

  /** What carries a call now. */
  works(kind: LinkKind): void {
    try {
      if (kind === 'webrtc') this.#store?.removeItem(this.#key);
      else this.#store?.setItem(this.#key, String(this.#wallMs()));
    } catch {
      // A store that is full or forbidden remembers nothing.
    }
  }

  #read(): string | null | undefined {
    try {
      return this.#store?.getItem(this.#key);
    } catch {
      return undefined;
    }
  }
}
