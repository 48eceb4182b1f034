import type { TrustedProxies } from '../auth/trusted-proxies.ts';
import type { Settings } from '../config/settings.ts';
import {
  type IceFrontCounters,
  type IceFrontOptions,
  MediaPort,
  MediaPortError,
} from '../ice/media-port.ts';
import { probePort } from '../ice/port-probe.ts';
import type { Logger } from '../observability/logger.ts';
import type { MediaTick } from '../runtime/media-tick.ts';
import type { PeerFactory } from '../runtime/ports/peer.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { createPeerFactory } from '../webrtc/peer-factory.ts';
import { randomUint32 } from './random-ids.ts';
import { StartError } from './start-error.ts';

/** The media port and the WebRTC peers behind it. */
export interface OpenMedia {
  readonly peers: PeerFactory;
  counters(): IceFrontCounters;
  /** What is wrong with the port; `undefined` if a datagram comes in. */
  trouble(): Promise<string | undefined>;
  /** Frees the ports. Peers must be closed before. */
  close(): Promise<void>;
}

/** Opens the media port. Throws {@link StartError} with one line that says what to do. */
export async function openMedia(
  settings: Settings,
  proxies: TrustedProxies,
  { logger, tick }: { readonly logger: Logger; readonly tick: MediaTick },
): Promise<OpenMedia> {
  const fault = (error: unknown): void =>
    logger.error({ err: error }, 'what came to the media port met a bug in Prism');
  const front = await openPort(settings, proxies, { beforePacket: tick.catchUp, fault });
  const peers = createPeerFactory({ front, clock: systemClock, randomUint32, fault });
  return {
    peers,
    counters: () => front.counters(),
    trouble: () =>
      probePort({
        clock: systemClock,
        mediaPort: settings.mediaPort,
        bindAddress: settings.mediaBindAddress,
        counters: () => front.counters(),
      }),
    close: async () => {
      peers.close();
      await front.close();
    },
  };
}

async function openPort(
  settings: Settings,
  proxies: TrustedProxies,
  hooks: Pick<IceFrontOptions, 'beforePacket' | 'fault'>,
): Promise<MediaPort> {
  const bindAddress = settings.mediaBindAddress;
  try {
    return await MediaPort.open({
      mediaPort: settings.mediaPort,
      bindAddress,
      usesTcp: settings.usesMediaTcp,
      expectsProxyHeader: settings.expectsProxyHeader,
      isBelieved: (address) => proxies.isEmpty || proxies.trusts(address),
      nodeId: settings.nodeId,
      addresses: {
        publicAddresses: settings.publicAddresses,
        interfaces: settings.mediaInterfaces,
        networks: settings.mediaNetworks,
        bindAddress,
      },
      clock: systemClock,
      ...hooks,
    });
  } catch (error) {
    if (!(error instanceof MediaPortError)) throw error;
    throw new StartError(
      `${error.message} for media can't be opened, most likely because another program uses it: ` +
        'stop that program or set PRISM_MEDIA_PORT.',
      { cause: error },
    );
  }
}
