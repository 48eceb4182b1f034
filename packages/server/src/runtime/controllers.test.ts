import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedIds } from '@prism/core/testing';
import { Controllers } from './controllers.ts';
import type { ControllerSink } from './ports/controller.ts';

const BYTES_MAX = 1_000;

function narrowChannel(sent: Record<string, unknown>[]): ControllerSink {
  return {
    send: (text) => {
      if (text.length > BYTES_MAX) return 'too_large';
      sent.push(JSON.parse(text) as Record<string, unknown>);
      return 'sent';
    },
    relay: () => 'unsent',
    end: () => undefined,
  };
}

test('[REL8] an event that the channel cannot carry is replaced by an error that names it', () => {
  const sent: Record<string, unknown>[] = [];
  const controllers = new Controllers(countedIds());
  const id = controllers.add(narrowChannel(sent));
  controllers.send(
    id,
    JSON.stringify({ type: 'noise', event_id: 'event_big', x: 'y'.repeat(2_000) }),
  );
  controllers.send(id, JSON.stringify({ type: 'small' }));
  const error = sent[0]?.['error'] as Record<string, unknown>;
  assert.equal(error['code'], 'server_event_too_large');
  assert.match(String(error['message']), /noise \(event_big\) has 2\d\d\d bytes/);
  assert.equal(sent[1]?.['type'], 'small');
  assert.equal(controllers.messagesUnsent, 1);
});
