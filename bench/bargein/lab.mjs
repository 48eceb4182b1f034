// Everything around one page: loudspeaker, upstream, Prism, network, browser; and the course of one interruption.
import { chromium } from 'playwright-core';
import { ImpairmentProxy } from '../../test/dist/harness/network/impairment-proxy.js';
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { heardIn, quietIn, startOf } from './judge.mjs';
import { INIT_SCRIPT, servePages, WITHOUT_JITTER_TARGET_SCRIPT } from './pages.mjs';
import { Speaker } from './speaker.mjs';
import { UpstreamTap } from './upstream-tap.mjs';

const KEY = 'sk-bench';
const ALL_KINDS = ['stun', 'dtls', 'rtp', 'rtcp', 'other'];
const WAIT_MS_MAX = 15_000;
/** From the trigger to the cut, two round trips and a busy machine included. */
const CUT_MS_MAX = 4_000;
/** Two round trips, the generation of an answer and a busy machine included. */
const QUEUE_MS_MAX = 2_500;
/** What can still come from a buffer after everything has been told. */
const SETTLE_MS = 500;
/** The deepest jitter buffer that plays out, and the output device: so long after the cut something may be heard. */
const TAIL_MS = 800;
const RTP_TICKS_PER_MS = 48;
const PACKET_MS = 20;
/** Opus needs a few bytes for silence; an SRTP packet of that size holds no answer. */
const SPEECH_PACKET_BYTES_MIN = 60;
/** Shorter than the silence that follows every answer, and longer than a tick is late but on a choking machine. */
const PAUSE_MS_MIN = 150;
const wallMs = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Lab {
  /** `env`: settings of Prism besides; `delayMs`: how much later the upstream's words come. */
  static async open(upstreamUrl, { env = {}, delayMs = 0, isAlwaysSilent = false } = {}) {
    const lab = new Lab();
    lab.speaker = await Speaker.open();
    lab.tap = await UpstreamTap.open(upstreamUrl, delayMs);
    lab.pages = await servePages({ isAlwaysSilent });
    ({ prism: lab.prism, url: lab.url } = await PrismProcess.serve({
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: lab.pages.origin,
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: lab.tap.url,
      OPENAI_API_KEY: KEY,
      ...env,
    }));
    lab.browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      ignoreDefaultArgs: ['--mute-audio'],
      env: { ...process.env, ...lab.speaker.env },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    return lab;
  }

  async close() {
    await this.browser?.close();
    await this.prism?.stop();
    this.pages?.close();
    this.tap?.close();
    this.speaker?.close();
  }
}

/** One call of one client through one network. */
export class Call {
  #lab;
  #page;
  #proxy;
  #packets = [];
  #microphonePackets = [];
  /** Items of earlier interruptions. */
  #itemsBefore = 0;
  /** From when on what sounds belongs to the interruption at hand. */
  #lastClearedMs;
  #events = [];
  #sent = [];
  #rttMs = 0;

  static async open(lab, { client, rttMs, hasJitterTarget = true }) {
    const call = new Call();
    call.#lab = lab;
    call.#rttMs = rttMs;
    lab.tap.reset();
    lab.speaker.forget();
    call.#proxy = await ImpairmentProxy.open((way, bytes, atMs) =>
      call.#forwarded(way, bytes, atMs),
    );
    for (const way of ['up', 'down'])
      call.#proxy.impair(way, { seed: 1, kinds: ALL_KINDS, delayMs: rttMs / 2 });
    call.#page = await lab.browser.newPage();
    await call.#page.addInitScript({ content: INIT_SCRIPT });
    if (!hasJitterTarget) await call.#page.addInitScript({ content: WITHOUT_JITTER_TARGET_SCRIPT });
    await call.#page.goto(`${lab.pages.origin}/${client}.html`);
    await call.#page.waitForFunction('document.title === "ready"');
    const secret = await fetch(`${lab.url}/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ session: { type: 'realtime' } }),
    });
    const { value } = await secret.json();
    await call.#page.exposeFunction('labAnswer', (sdp) => call.#proxy.rewriteAnswer(sdp));
    await call.#page.evaluate(`app.connect('${lab.url}', '${value}')`);
    await call.#until('session.updated');
    await call.#page.evaluate('app.create()');
    return call;
  }

  /** Waits for the answer, interrupts it, and tells what came of it. The next answer is on its way then. */
  async interrupt({ afterMs, trigger, isQueued }) {
    const { tap, speaker } = this.#lab;
    const started = await this.#until('output_audio_buffer.started');
    if (isQueued) await this.#queueAnother();
    await sleep(Math.max(0, started.atMs + afterMs - wallMs()));
    let duckedAtMs;
    const triggerMs = await this.#page.evaluate(
      trigger === 'speech'
        ? 'lab.say(250)'
        : '(app.stop(), performance.timeOrigin + performance.now())',
    );
    const cleared = await this.#within(CUT_MS_MAX, 'output_audio_buffer.cleared', (event) => {
      if (event.type === 'prism.output.ducked') duckedAtMs ??= event.atMs;
    });
    if (cleared === undefined) return this.#notCut({ trigger, isQueued, afterMs });
    // A client that goes silent is waited for, a round trip and 150 ms at most.
    await sleep(SETTLE_MS / 2 + this.#rttMs);
    const truncates = tap.truncates.splice(0);
    const cutMs = cleared.atMs - this.#rttMs / 2;
    const itemIds = new Set(this.#itemsUntil(cutMs));
    this.#itemsBefore += itemIds.size;
    await this.#take();
    const reports = this.#sent
      .splice(0)
      .filter(({ event }) => event.type === 'prism.playout.report');
    const speechStarted = tap.events.findLast(
      ({ type }) => type === 'input_audio_buffer.speech_started',
    );
    // The next answer's beginning tells nothing of this one; it may sound already.
    await sleep(TAIL_MS - SETTLE_MS / 2);
    if (trigger === 'stop') await this.#page.evaluate('app.create()');
    const fromMs = this.#lastClearedMs ?? started.atMs - SETTLE_MS;
    this.#lastClearedMs = cleared.atMs + SETTLE_MS / 2;
    const pcm = speaker.between(fromMs, cleared.atMs + TAIL_MS);
    const heard = heardIn(pcm, tap, itemIds);
    const base = { trigger, isQueued, afterMs: Math.round(afterMs), isJudged: heard !== undefined };
    if (heard === undefined) return base;
    const silentMs = fromMs + heard.endMs;
    const quietMs = fromMs + quietIn(pcm, triggerMs - fromMs, silentMs - fromMs);
    const soundMs = this.#firstSoundMs(triggerMs);
    const packets = this.#answerPackets(cleared.atMs);
    const silenced = reports.find(({ event }) => event.reason === 'silenced')?.event;
    return {
      ...base,
      items: [...itemIds].flatMap((itemId) => this.#itemOf(itemId, heard, truncates)),
      reportErrorMs: this.#reportError(silenced, { packets, itemIds, heard }),
      report: silenced,
      record: {
        packets: packets.map(({ atMs, timestamp, ssrc }) => ({ atMs, timestamp, ssrc })),
        reports: reports.map(({ atMs, event }) => ({ atMs, event })),
        cutMs,
        rttMs: this.#rttMs,
        heardMs: this.#heardOfSent(itemIds, heard),
      },
      reportCount: reports.length,
      times: {
        onsetToSilenceMs: silentMs - triggerMs,
        onsetToQuietMs: quietMs - triggerMs,
        onsetToPacketMs: soundMs === undefined ? undefined : soundMs - triggerMs,
        packetToDuckedMs:
          soundMs === undefined || duckedAtMs === undefined ? undefined : duckedAtMs - soundMs,
        duckedToQuietMs: duckedAtMs === undefined ? undefined : quietMs - duckedAtMs,
        onsetToSpeechStartedMs:
          speechStarted === undefined ? undefined : speechStarted.atMs - triggerMs,
        speechStartedToClearedMs:
          speechStarted === undefined ? undefined : cleared.atMs - speechStarted.atMs,
        clearedToSilenceMs: silentMs - cleared.atMs,
        mouthToUpstreamMs: this.#mouthToUpstreamMs(trigger, triggerMs),
        upstreamToEarMs: this.#upstreamToEarMs(itemIds, heard, fromMs),
      },
    };
  }

  /**
   * Says something while nothing plays, and waits until the answer to it is over. Tells when the sound ended at the
   * mouth and when the answer's first sound was heard, both in wall time, and what was seen on the way: the packets of
   * the microphone and of the answer as they left, and the page's playout reports. Undefined if the answer can't be read.
   */
  async ask({ speakMs }) {
    const { tap, speaker } = this.#lab;
    const itemsBefore = tap.items.size;
    this.#sent.length = 0;
    const onsetMs = await this.#page.evaluate(`lab.say(${speakMs})`);
    await this.#until('output_audio_buffer.started');
    const spokenMs = await this.#page.evaluate('lab.spoken()');
    const stopped = await this.#until('output_audio_buffer.stopped');
    await sleep(TAIL_MS + this.#rttMs);
    await this.#take();
    const itemIds = new Set([...tap.items.keys()].slice(itemsBefore));
    const pcm = speaker.between(onsetMs, stopped.atMs + TAIL_MS);
    const startMs = startOf(pcm, tap, itemIds);
    if (startMs === undefined) return undefined;
    return {
      spokenMs,
      heardMs: onsetMs + startMs,
      reports: this.#sent.filter(({ event }) => event.type === 'prism.playout.report'),
      answerPackets: this.#answerPackets(stopped.atMs),
      microphonePackets: this.#microphonePackets.filter(
        ({ atMs }) => atMs > onsetMs - 200 && atMs < spokenMs + 400,
      ),
      timeOriginMs: await this.#page.evaluate('performance.timeOrigin'),
    };
  }

  /** Waits until nothing plays. */
  async quiet() {
    await this.#until('output_audio_buffer.stopped');
    await sleep(TAIL_MS);
    this.#itemsBefore = this.#lab.tap.items.size;
  }

  async close() {
    const playout = await this.#page.evaluate('lab.stats()');
    await this.#page.evaluate('app.close()');
    await this.#page.close();
    this.#proxy.close();
    const inbound = playout.find(({ type }) => type === 'inbound-rtp');
    const device = playout.find(({ type }) => type === 'media-playout');
    return {
      // A cancel that comes as the answer is complete is refused too, and means nothing here.
      refusals: this.#lab.tap.errors.filter(({ code }) => code !== 'response_cancel_not_active'),
      playout: {
        jitterBufferMs: Math.round(
          (inbound.jitterBufferDelay / inbound.jitterBufferEmittedCount) * 1_000,
        ),
        outputLatencyMs:
          device && Math.round((device.totalPlayoutDelay / device.totalSamplesCount) * 1_000),
        concealedMs: Math.round(inbound.concealedSamples / 48),
        insertedMs: Math.round(inbound.insertedSamplesForDeceleration / 48),
        removedMs: Math.round(inbound.removedSamplesForAcceleration / 48),
        packetsLost: inbound.packetsLost,
      },
    };
  }

  /** From the first sound in the microphone to its append at the upstream. */
  #mouthToUpstreamMs(trigger, triggerMs) {
    if (trigger !== 'speech') return undefined;
    const atMs = this.#lab.tap.loudAppendsAtMs.find((each) => each > triggerMs);
    return atMs === undefined ? undefined : atMs - triggerMs;
  }

  /** From the first audio of the upstream to its sound behind the mixer, of the item that nothing played before. */
  #upstreamToEarMs([itemId], heard, fromMs) {
    const startMs = heard.startMs.get(itemId);
    if (startMs === undefined) return undefined;
    return fromMs + startMs - this.#lab.tap.items.get(itemId).firstAtMs;
  }

  /** An item without a truncate was, for all that the upstream knows, heard to its end. */
  #itemOf(itemId, heard, truncates) {
    const truncate = truncates.findLast((each) => each.itemId === itemId);
    const heardMs = heard.heardMs.get(itemId) ?? 0;
    const toldMs = truncate?.audioEndMs ?? this.#lab.tap.items.get(itemId).generatedMs;
    if (heardMs === 0 && toldMs === 0) return [];
    return [
      { itemId, toldMs, heardMs, errorMs: toldMs - heardMs, isTruncated: truncate !== undefined },
    ];
  }

  /** How much of what was sent of these items was heard. */
  #heardOfSent(itemIds, heard) {
    const { items } = this.#lab.tap;
    const [firstId] = itemIds;
    const { startCodeMs } = items.get(heard.lastItemId);
    return startCodeMs + heard.heardMs.get(heard.lastItemId) - items.get(firstId).startCodeMs;
  }

  /** How far the RTP time at which the page says it went silent is from what was heard last. */
  #reportError(report, { packets, itemIds, heard }) {
    if (report === undefined) return undefined;
    // A slot that was missed is a gap in RTP time and none in the sound.
    const index = packets.findLastIndex(
      ({ timestamp }) => ((report.rtp_timestamp - timestamp) | 0) >= 0,
    );
    if (index < 0) return undefined;
    const insideMs = ((report.rtp_timestamp - packets[index].timestamp) | 0) / RTP_TICKS_PER_MS;
    // Beyond what was sent of the answer there is silence, which is no part of it.
    const sentMs = index * PACKET_MS + Math.min(PACKET_MS, insideMs);
    return sentMs - this.#heardOfSent(itemIds, heard);
  }

  /** When the first packet with the sound that began at `onsetMs` left the page. */
  #firstSoundMs(onsetMs) {
    const before = this.#microphonePackets.filter(
      ({ atMs }) => atMs > onsetMs - 400 && atMs < onsetMs,
    );
    const quietBytes = Math.max(0, ...before.map(({ sizeBytes }) => sizeBytes));
    return this.#microphonePackets.find(
      ({ atMs, sizeBytes }) => atMs > onsetMs && sizeBytes > quietBytes + 10,
    )?.atMs;
  }

  /** The answer's packets, back to the pause before it. */
  #answerPackets(beforeMs) {
    const packets = this.#packets.filter(({ atMs }) => atMs < beforeMs);
    const first = packets.findLastIndex(
      ({ timestamp }, index) =>
        index === 0 ||
        ((timestamp - packets[index - 1].timestamp) | 0) > PAUSE_MS_MIN * RTP_TICKS_PER_MS,
    );
    return packets.slice(first);
  }

  #forwarded(way, bytes, forwardedMs) {
    if (kindOf(bytes) !== 'rtp') return;
    const atMs = performance.timeOrigin + forwardedMs - this.#rttMs / 2;
    if (way === 'up') {
      this.#microphonePackets.push({ atMs, sizeBytes: bytes.length });
      if (this.#microphonePackets.length > 1_000) this.#microphonePackets.splice(0, 500);
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (bytes.length < SPEECH_PACKET_BYTES_MIN) return;
    this.#packets.push({ atMs, timestamp: view.getUint32(4), ssrc: view.getUint32(8) });
    if (this.#packets.length > 2_000) this.#packets.splice(0, 1_000);
  }

  async #take() {
    const { events, sent } = await this.#page.evaluate('lab.take()');
    this.#events.push(...events);
    this.#sent.push(...sent);
  }

  /** Items of this interruption: those of which audio was there when it was cut. */
  #itemsUntil(cutMs) {
    return [...this.#lab.tap.items]
      .slice(this.#itemsBefore)
      .flatMap(([itemId, { firstAtMs }]) => (firstAtMs < cutMs ? [itemId] : []));
  }

  /** Has another answer generated behind the one that plays; one that came after the cut would be the next one's. */
  async #queueAnother() {
    const { items } = this.#lab.tap;
    await this.#page.evaluate('app.create()');
    const endMs = wallMs() + QUEUE_MS_MAX;
    while (items.size < this.#itemsBefore + 2 && wallMs() < endMs) await sleep(10);
  }

  /** Nothing was playing any more, or the page was not heard: another answer for the next attempt. */
  async #notCut(trial) {
    this.#itemsBefore = this.#lab.tap.items.size;
    this.#lastClearedMs = wallMs();
    this.#lab.tap.truncates.length = 0;
    const kinds = this.#lab.tap.events.slice(-12).map(({ type }) => type);
    await this.#page.evaluate('app.create()');
    return { ...trial, isJudged: false, kinds };
  }

  async #until(type) {
    const event = await this.#within(WAIT_MS_MAX, type);
    if (event === undefined) throw new Error(`no ${type}`);
    return event;
  }

  /** `seen` is handed what came before it. */
  async #within(waitMs, type, seen = () => {}) {
    const endMs = wallMs() + waitMs;
    while (wallMs() < endMs) {
      await this.#take();
      const at = this.#events.findIndex((event) => event.type === type);
      if (at >= 0) {
        const past = this.#events.splice(0, at + 1);
        past.forEach(seen);
        return past.at(-1);
      }
      await sleep(10);
    }
    return undefined;
  }
}
