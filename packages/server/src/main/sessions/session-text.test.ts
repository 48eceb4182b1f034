import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ShownSession, sessionTable, sessionText } from './session-text.ts';

const SESSION: ShownSession = {
  object: 'prism.session',
  id: 'rtc_abc',
  state: 'ended',
  kind: 'media',
  started_at: '2026-11-26T09:00:01.250Z',
  ended_at: '2026-11-26T09:02:06.250Z',
  duration_ms: 125_000,
  reason: 'client_hangup',
  key_id: null,
  user: 'alice',
  agent: null,
  model: null,
  turn_count: 2,
  mouth_to_ear_ms: 812.4,
  timeline: {
    setup: { parts: { answer: 4.25, ready: 391.5 } },
    turns: [
      {
        turn: 1,
        cause: 'speech',
        state: 'interrupted',
        start_ms: 8_412,
        from: 'spoken',
        to: 'heard',
        total_ms: 1_000,
        error_ms: 20,
        parts: [
          { part: 'uplink', start_ms: 0, duration_ms: 2 },
          { part: 'end_of_turn', start_ms: 2, duration_ms: 498 },
          { part: 'playout', start_ms: 500, duration_ms: 500 },
        ],
        interruption: {
          trigger: 'speech_started',
          after_ms: 1_830.2,
          to_silence_ms: 92,
          truncated_ms: 1_840,
        },
      },
    ],
    entries: [
      { type: 'setup' },
      { type: 'network' },
      { type: 'network' },
      { type: 'answer.started' },
    ],
    dropped: { turns: 0, entries: 0, samples: 7 },
  },
};

suite('sessions in the terminal', () => {
  test('[SNS6] a list is a table, an empty one says so', () => {
    assert.equal(
      sessionTable([SESSION]),
      [
        'id       state  kind   began                   lasted  turns  mouth to ear  agent  user   end',
        'rtc_abc  ended  media  2026-11-26 09:00:01  2 min 5 s      2        812 ms         alice  client_hangup',
      ].join('\n'),
    );
    assert.equal(sessionTable([]), 'No sessions.');
  });

  test('[SNS6] a session shows its set-up, each turn as a waterfall, and what else happened', () => {
    const text = sessionText(SESSION);
    assert.deepEqual(text.split('\n').slice(3), [
      'Set-up',
      '  answer    4.3 ms',
      '  ready   391.5 ms',
      '',
      'Turn 1 at 8.4 s, speech, interrupted: 1000 ms ± 20 from spoken to heard',
      '  uplink         2.0  ▏',
      `  end_of_turn  498.0  ${'█'.repeat(25)}`,
      `  playout      500.0  ${' '.repeat(25)}${'█'.repeat(25)}`,
      '  interrupted by speech_started after 1830 ms, silent 92 ms later, truncated at 1840 ms',
      '',
      'What happened',
      '  answer.started  1',
      '  network         2',
      '',
      'Let go at the bound: 7 samples',
    ]);
    assert.match(sessionText({ ...SESSION, timeline: null }), /timeline\.enabled/);
  });
});
