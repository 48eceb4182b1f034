import { type AudioCodecs, PcmBlocks } from '@prism/core';
import type { Settings } from '../config/settings.ts';
import { turnTakingPolicyOf } from '../config/turn-taking-policy.ts';
import { createAudioCodecs } from '../media/audio-codecs.ts';
import type { Logger } from '../observability/logger.ts';
import { CallService } from '../runtime/call-service.ts';
import { HandoverDesk } from '../runtime/handover-desk.ts';
import { LoadWatch, measureLoop } from '../runtime/load-watch.ts';
import type { MediaTick } from '../runtime/media-tick.ts';
import type { SessionAdmission } from '../runtime/ports/session-admission.ts';
import type { ObserverFactory } from '../runtime/ports/session-observer.ts';
import type { TraceSource } from '../runtime/session-trace.ts';
import type { SessionArchive } from '../runtime/sessions/session-archive.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import { type Access, eventRateOf, loadMaxOf } from './open-access.ts';
import type { OpenMedia } from './open-media.ts';
import type { OpenSpending } from './open-spending.ts';
import type { OpenTools } from './open-tools.ts';
import type { OpenUpstream } from './open-upstream.ts';
import { randomIds, randomUint32 } from './random-ids.ts';

/** The live calls of a process, and how much room there is for more. */
export interface OpenCalls {
  readonly calls: CallService;
  readonly codecs: AudioCodecs;
  readonly load: LoadWatch;
}

/** Makes what calls live in. */
export function openCalls(
  settings: Settings,
  parts: {
    readonly media: OpenMedia;
    readonly upstream: OpenUpstream;
    readonly tools: OpenTools;
    readonly spending: OpenSpending;
    readonly logger: Logger;
    readonly access: Access;
    readonly archive: SessionArchive;
    readonly seat: WorkerSeat | undefined;
    readonly observers: ObserverFactory;
    readonly traces: TraceSource;
    readonly tick: MediaTick;
  },
): OpenCalls {
  const { tick } = parts;
  const codecs = createAudioCodecs();
  const { sessionCountMax } = settings;
  const load: LoadWatch = new LoadWatch(
    { clock: systemClock, tick, loop: measureLoop(), sessionCount: () => calls.placeCount },
    { sessionCountMax, refusedAbove: loadMaxOf(settings) },
  );
  const calls: CallService = new CallService(
    {
      clock: systemClock,
      tick,
      ids: parts.seat?.idsOf(randomIds) ?? randomIds,
      dialer: parts.upstream.dialer,
      codecs,
      load,
      peers: parts.media.peers,
      observers: parts.observers,
      traces: parts.traces,
      tools: parts.tools.runner,
      admission: admissionOf(parts),
      spending: parts.spending.desk,
      handovers: handoversOf(parts),
      archive: parts.archive,
      randomUint32,
    },
    {
      sessionCountMax,
      eventRate: eventRateOf(settings),
      session: {
        appendMs: settings.appendMs,
        trimsLeadingSilence: settings.trimsLeadingSilence,
        turnTaking: turnTakingPolicyOf(settings),
        pacingLeadMs: settings.pacingLeadMs,
        recordsTimeline: settings.recordsTimeline,
        pcmBlocks: new PcmBlocks(),
        upstreamConnectTimeoutMs: settings.upstreamConnectTimeoutMs,
        mediaConnectTimeoutMs: settings.mediaConnectTimeoutMs,
        mediaGraceMs: settings.mediaGraceMs,
      },
    },
  );
  return { calls, codecs, load };
}

/** Where there are several workers, each tells the others when its number of sessions changes. */
function admissionOf({
  access: { places },
  seat,
}: {
  readonly access: Access;
  readonly seat: WorkerSeat | undefined;
}): SessionAdmission {
  if (seat === undefined) return places;
  return {
    refusal: (opener) => places.refusal(opener),
    opened: (opener) => {
      places.opened(opener);
      seat.placesChanged();
    },
    closed: (opener) => {
      places.closed(opener);
      seat.placesChanged();
    },
  };
}

/** Undefined where nothing outlives the process that another one could read. */
function handoversOf({
  spending,
  access,
  logger,
}: {
  readonly spending: OpenSpending;
  readonly access: Access;
  readonly logger: Logger;
}): HandoverDesk | undefined {
  const { handovers: store } = spending;
  const { handoverSeal: seal } = access;
  if (store === undefined || seal === undefined) return undefined;
  return new HandoverDesk({
    clock: systemClock,
    store,
    seal,
    failed: (error) => logger.error({ err: error }, 'a conversation was not handed over'),
  });
}
