import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seededRandom32 } from '@prism/core/testing';
import { eventually } from '../harness/eventually.ts';
import { AiortcPeer, problemWithAiortc } from '../harness/sctp/aiortc-peer.ts';
import { SctpOverUdp } from '../harness/sctp/sctp-over-udp.ts';

const OPEN = { type: 'open', label: 'oai-events', isNegotiated: false } as const;
const LONG_TEXT = 'Übermut '.repeat(29_127);

/** Both ends, joined; `run` has them to itself. */
async function between(
  scene: { role: 'controlling' | 'controlled'; lossRatio: number },
  run: (prism: SctpOverUdp, aiortc: AiortcPeer) => Promise<void>,
): Promise<void> {
  const prism = await SctpOverUdp.open({ lossRatio: scene.lossRatio, random32: seededRandom32(5) });
  const aiortc = AiortcPeer.start(prism.port, scene.role);
  try {
    await eventually('peer', () => prism.hasPeer && aiortc.count('ready') > 0);
    prism.post({ type: 'start' });
    await run(prism, aiortc);
  } finally {
    await aiortc.stop();
    prism.close();
  }
}

suite("Prism's SCTP and aiortc's", { skip: problemWithAiortc() ?? false }, () => {
  for (const role of ['controlling', 'controlled'] as const) {
    for (const lossRatio of [0, 0.1]) {
      const who = role === 'controlling' ? 'aiortc begins' : 'aiortc answers';
      test(`[SCT17] ${who}, ${lossRatio * 100} % are lost: channels and messages of all sizes, both ways`, async () => {
        await between({ role, lossRatio }, async (prism, aiortc) => {
          prism.post({ ...OPEN, streamId: 4 });
          await eventually('channel', () => prism.first('channel_opened'));
          const texts = ['{}', '', 'please open', LONG_TEXT];
          for (let index = 0; index < 200; index += 1) texts.push(`{"index":${index}}`);
          for (const text of texts) prism.sendText(4, text);
          const echoed = texts.filter((text) => text !== 'please open');
          await eventually('echo', () => prism.messages(4).length === echoed.length, 60_000);
          assert.deepEqual(
            prism.messages(4).map((bytes) => Buffer.from(bytes).toString()),
            echoed,
          );
          const channel = await eventually('line', () =>
            aiortc.events.find(({ type }) => type === 'channel'),
          );
          assert.deepEqual(channel, {
            type: 'channel',
            label: 'oai-events',
            protocol: '',
            ordered: true,
          });
          const remote = await eventually('channel of aiortc', () => prism.remoteChannel);
          assert.deepEqual([remote.label, remote.protocol], ['of aiortc', 'p']);
          prism.sendText(remote.streamId, 'on yours');
          await eventually('echo', () => prism.messages(remote.streamId).length === 1);
          const { brokenPacketCount, strangePacketCount, droppedDataCount } =
            prism.channels.counters;
          assert.deepEqual([brokenPacketCount, strangePacketCount, droppedDataCount], [0, 0, 0]);
        });
      });
    }

    test(`[SCT17] a channel is closed by either end, and its number used again (aiortc is ${role})`, async () => {
      await between({ role, lossRatio: 0 }, async (prism, aiortc) => {
        for (const closer of ['prism', 'aiortc']) {
          prism.seen.length = 0;
          const closeCount = aiortc.count('close');
          prism.post({ ...OPEN, streamId: 4 });
          prism.sendText(4, LONG_TEXT);
          await eventually('echo', () => prism.messages(4).length === 1);
          if (closer === 'prism') prism.post({ type: 'close_channel', streamId: 4 });
          else prism.sendText(4, 'please close');
          await eventually('close', () => prism.first('channel_closed'));
          await eventually('close', () => aiortc.count('close') > closeCount);
        }
      });
    });
  }

  test('[SCT17] the association ends when aiortc ends it, and when Prism does', async () => {
    await between({ role: 'controlling', lossRatio: 0 }, async (prism, aiortc) => {
      await eventually('association', () => prism.channels.isEstablished);
      await aiortc.stop();
      await eventually('end', () => prism.first('closed')?.reason === 'peer_aborted');
    });
    await between({ role: 'controlling', lossRatio: 0 }, async (prism) => {
      await eventually('association', () => prism.channels.isEstablished);
      prism.post({ type: 'close' });
      await eventually('end', () => prism.first('closed')?.reason === 'closed');
    });
  });
});
