import { after, type Clock } from '@prism/core';
import { type Check, fail, milliseconds, ok, rounded, warn } from '../check.ts';
import type { DoctorEnvironment } from '../environment.ts';

/** Timers that are watched, each as long as a media slot. */
const TIMER_COUNT = 10;
const TIMER_MS = 20;
/** A slot that comes later than this is heard. */
const LATE_MS_MAX = 20;
/** Wall and monotonic time may part by so much while they are watched. */
const PARTING_MS_MAX = 20;
/** An HTTP date has whole seconds, and travels. */
const SKEW_MS_NOTED = 5_000;
/** From here on short-lived credentials of a relay are refused or last too long. */
const SKEW_MS_MAX = 300_000;
/** Before Prism was written no clock is right. */
const WALL_MS_MIN = Date.UTC(2025, 0, 1);

const SET_CLOCK =
  'Set the clock and keep it set (systemctl enable --now systemd-timesyncd, or chrony).';

/** The machine's clock: whether it runs evenly, and how far it is from that of `referenceUrl`, if something answers there. */
export function clockCheck(referenceUrl: string | undefined): Check {
  return {
    id: 'clock',
    name: 'Clock',
    limitMs: 8_000,
    run: async (environment, signal) => {
      const { clock } = environment;
      if (clock.wallMs() < WALL_MS_MIN)
        return fail(`it is ${dateOf(clock.wallMs())} here`, SET_CLOCK);
      const { partingMs, lateMs } = await watch(clock);
      const skewMs = await skewTo(referenceUrl, environment, signal);
      const figures = {
        timerLateMs: rounded(lateMs),
        wallPartingMs: rounded(partingMs),
        ...(skewMs === undefined ? {} : { skewMs: Math.round(skewMs) }),
      };
      const pace = `timers at most ${milliseconds(lateMs)} late`;
      if (skewMs !== undefined && Math.abs(skewMs) > SKEW_MS_NOTED) {
        const seconds = Math.round(Math.abs(skewMs) / 1_000);
        const seen = `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} ${hostOf(referenceUrl)}; ${pace}`;
        return Math.abs(skewMs) > SKEW_MS_MAX
          ? fail(seen, SET_CLOCK, figures)
          : warn(seen, SET_CLOCK, figures);
      }
      if (partingMs > PARTING_MS_MAX) {
        const seen = `the time of day moved by ${milliseconds(partingMs)} while it was watched`;
        return warn(
          seen,
          'Let one service alone set the clock, slewing it instead of stepping.',
          figures,
        );
      }
      if (lateMs > LATE_MS_MAX) {
        const advice = 'Give Prism a core of its own: what else runs here makes sound come late.';
        return warn(pace, advice, figures);
      }
      const agreement =
        skewMs === undefined
          ? 'no other clock to compare with'
          : `agrees with ${hostOf(referenceUrl)}`;
      return ok(`${agreement}; ${pace}`, figures);
    },
  };
}

async function watch(
  clock: Clock,
): Promise<{ readonly partingMs: number; readonly lateMs: number }> {
  const startMs = clock.nowMs();
  const wallStartMs = clock.wallMs();
  let lateMs = 0;
  for (let count = 0; count < TIMER_COUNT; count += 1) {
    const dueMs = after(clock.nowMs(), TIMER_MS);
    await new Promise<void>((resolve) => {
      clock.setTimer(dueMs, resolve);
    });
    lateMs = Math.max(lateMs, clock.nowMs() - dueMs);
  }
  const partingMs = Math.abs(clock.wallMs() - wallStartMs - (clock.nowMs() - startMs));
  return { partingMs, lateMs };
}

/** How far this clock is ahead; undefined if nothing with a date answers. */
async function skewTo(
  url: string | undefined,
  { clock, request }: DoctorEnvironment,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (url === undefined) return undefined;
  const answer = await request({ url, method: 'HEAD' }, signal);
  if (!answer.isOk) return undefined;
  const dateMs = Date.parse(answer.value.headers['date'] ?? '');
  if (Number.isNaN(dateMs)) return undefined;
  // The date was cut to whole seconds, and written about half way.
  return clock.wallMs() - answer.value.tookMs / 2 - (dateMs + 500);
}

function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

function hostOf(url: string | undefined): string {
  return url === undefined ? '' : new URL(url).host;
}
