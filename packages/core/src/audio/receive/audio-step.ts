import type { AudioCodecName } from '@prism/protocol';
import type { Speech } from './held-packets.ts';

/** What to do next for the timeline, in order. Payloads are only valid while the packet's bytes are. */
export type AudioStep =
  /** Decodes a packet of `samples`; if the codec refuses it, as much is concealed in its place. */
  | Speech
  /** Restores the `samples` just before an Opus packet from its in-band FEC. The packet itself is decoded next. */
  | { readonly type: 'decode_fec'; readonly payload: Uint8Array; readonly samples: number }
  | { readonly type: 'conceal'; readonly codec: AudioCodecName; readonly samples: number }
  | { readonly type: 'silence'; readonly samples: number };
