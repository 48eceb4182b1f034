import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { conversation, recordOf } from '../testing/handover-bench.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';

suite('a session under draining', () => {
  const spoken = (bench: SessionBench): readonly unknown[] => bench.toControllerTypes;

  test('[DRN3] who knows Prism is told when the server goes, and whether it can go on; nobody else', () => {
    const plain = SessionBench.live({ canMove: true });
    plain.post({ type: 'drain.announced', leftMs: 5_000.4 });
    assert.deepEqual(spoken(plain), []);
    const bench = conversation();
    bench.effects.length = 0;
    bench.post({ type: 'drain.announced', leftMs: 5_000.4 });
    const [told] = bench.toController;
    assert.deepEqual(
      [told?.['type'], told?.['deadline_ms'], told?.['can_move']],
      ['prism.server.draining', 5_000, true],
    );
  });

  test('[DRN6] at the deadline a call hands over, is told, and ends', () => {
    const bench = conversation();
    bench.effects.length = 0;
    bench.post({ type: 'drain.over' });
    recordOf(bench);
    assert.deepEqual(bench.closedReasons, []);
    bench.post({ type: 'handover.done', isKept: true });
    assert.deepEqual(spoken(bench), ['prism.session.moved', 'error']);
    assert.equal(bench.toController[0]?.['is_kept'], true);
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['server_draining']);
  });

  test('[DRN6] a call that can not move ends with its transcript', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'prism.transcript.subscribe' });
    bench.effects.length = 0;
    bench.post({ type: 'drain.over' });
    const types = ['prism.session.moved', 'error', 'prism.transcript.final'];
    assert.deepEqual(spoken(bench), types);
    assert.equal(bench.toController[0]?.['is_kept'], false);
  });

  test('[DRN7] a record that nobody keeps in time holds nothing up', () => {
    const bench = conversation();
    bench.post({ type: 'drain.over' });
    bench.effects.length = 0;
    bench.advance(2_000);
    assert.equal(bench.toController[0]?.['is_kept'], false);
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['server_draining']);
  });

  test('[DRN7] an upstream that confirms nothing holds a move up for a second', () => {
    const bench = conversation();
    bench.responseCreated();
    bench.answer(speech(100));
    bench.slots(10);
    bench.client({ type: 'prism.session.move' });
    bench.advance(999);
    assert.equal(
      bench.effects.some(({ type }) => type === 'handover'),
      false,
    );
    bench.advance(1);
    assert.equal(recordOf(bench).isAnswerDue, true);
  });

  test('[DRN8] a client that moves by itself hears of no error; what comes after the record is nobody’s', () => {
    const bench = conversation();
    bench.client({ type: 'prism.session.move' });
    bench.effects.length = 0;
    const item = { id: 'late', type: 'message', role: 'system', content: [] };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    assert.deepEqual(spoken(bench), []);
    bench.post({ type: 'handover.done', isKept: true });
    assert.deepEqual(spoken(bench), ['prism.session.moved']);
  });

  test('[DRN8] a turn that the move has cut is measured, and told to nobody who could come back with it', () => {
    const bench = conversation();
    // Whose report is waited for, so that the turn is open when the conversation is handed over.
    bench.client({
      type: 'prism.playout.report',
      reason: 'started',
      ssrc: 99,
      rtp_timestamp: 0,
      client_time_ms: 0,
    });
    bench.client({ type: 'response.create' });
    bench.nowMs += 50;
    bench.responseCreated();
    bench.answer(speech(100));
    bench.slots(20);
    bench.client({ type: 'prism.session.move' });
    bench.responseDone();
    bench.advance(1_000);
    assert.ok(bench.effects.some(({ type }) => type === 'handover'));
    bench.effects.length = 0;
    bench.post({ type: 'handover.done', isKept: true });
    const facts = bench.effects.flatMap((each) => (each.type === 'report' ? [each.fact.type] : []));
    assert.ok(facts.includes('turn.measured'), facts.join(' '));
    assert.deepEqual(spoken(bench), ['prism.session.moved']);
  });

  test('[DRN9] somebody who speaks at the deadline is waited for as a turn', () => {
    const bench = conversation();
    bench.speechStarted();
    bench.effects.length = 0;
    bench.post({ type: 'drain.over' });
    assert.deepEqual(
      bench.toUpstream.map(({ type }) => type),
      ['input_audio_buffer.commit'],
    );
    const committed = {
      type: 'input_audio_buffer.committed',
      item_id: 'u',
      previous_item_id: null,
    };
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id: 'u', type: 'message', role: 'user', status: 'completed', content };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    bench.post(serverEvent(committed));
    assert.equal(
      bench.effects.some(({ type }) => type === 'handover'),
      false,
    );
    const type = 'conversation.item.input_audio_transcription.completed';
    const transcript = 'half a sentence';
    bench.post(serverEvent({ type, item_id: 'u', content_index: 0, transcript }));
    assert.equal(recordOf(bench).entries[0]?.text, transcript);
  });

  test('[DRN10] a session that is still opening ends at the deadline as it is', () => {
    const bench = new SessionBench({ canMove: true });
    bench.post({ type: 'drain.over' });
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['server_draining']);
    assert.equal(
      bench.effects.some(({ type }) => type === 'handover'),
      false,
    );
  });
});
