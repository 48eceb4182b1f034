import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { serverEvent, someTool, ToolBench } from '../testing/index.ts';

const PAY = someTool('pay', { confirmedBy: 'client' });
const SPOKEN = someTool('pay', { confirmedBy: 'spoken' });
const TEN = '{"amount":10,"to":{"name":"Ann","iban":"X"}}';
const TEN_OTHERWISE = '{ "to": { "iban": "X", "name": "Ann" }, "amount": 10.0 }';
const SIDEBAND = controllerIdFromCount(2);

/** Notes for the model, in order. */
function notes(tools: ToolBench): readonly string[] {
  return tools.bench.toUpstream.flatMap((event) => {
    const item = event['item'] as Record<string, unknown> | undefined;
    const content = item?.['content'] as readonly { readonly text: string }[] | undefined;
    return item?.['role'] === 'system' ? [content?.[0]?.text ?? ''] : [];
  });
}

function confirm(tools: ToolBench, id: unknown, approved = true): void {
  tools.bench.client({ type: 'prism.tool.confirm', event_id: 'c', confirmation_id: id, approved });
}

/** A call that must be confirmed, and the response in which the model asks. */
function ask(tools: ToolBench, callId: string, args = TEN): unknown {
  tools.turn('pay', callId, args);
  tools.speaks(`resp_asks_${callId}`);
  return tools.outputOf(callId)['confirmation_id'];
}

suite('confirmation of tool calls', () => {
  test('[TOL30] a call that needs it is not made, and everybody who can decide is told', () => {
    const tools = new ToolBench([PAY]);
    tools.bench.client({ type: 'prism.tool.subscribe' });
    const id = ask(tools, 'call_1');
    assert.deepEqual(tools.runs, []);
    assert.deepEqual(tools.ends, ['call_1 confirmation_required']);
    const output = tools.outputOf('call_1');
    assert.equal(output['status'], 'confirmation_required');
    assert.deepEqual(output['arguments'], JSON.parse(TEN));
    assert.deepEqual(tools.creates, ['plain']);
    const told = tools.bench.toController.filter(
      ({ type }) => type === 'prism.tool.confirmation_required',
    );
    assert.deepEqual(
      told.map(({ confirmation_id, tool, arguments: args }) => [confirmation_id, tool, args]),
      [[id, 'pay', JSON.parse(TEN)]],
    );
  });

  test('[TOL30] calling again before anybody has decided asks for the same', () => {
    const tools = new ToolBench([PAY]);
    tools.bench.client({ type: 'prism.tool.subscribe' });
    const id = ask(tools, 'call_1');
    assert.equal(ask(tools, 'call_2', TEN_OTHERWISE), id);
    assert.deepEqual(tools.runs, []);
    const types = tools.bench.toControllerTypes;
    assert.equal(types.filter((type) => type === 'prism.tool.confirmation_required').length, 1);
  });

  test('[TOL31] the confirmed call runs once, in whatever order its members come', () => {
    const tools = new ToolBench([PAY]);
    const id = ask(tools, 'call_1');
    confirm(tools, id);
    assert.match(notes(tools)[0] ?? '', /has confirmed pay/);
    assert.deepEqual(tools.creates, ['plain', 'plain']);
    tools.turn('pay', 'call_2', TEN_OTHERWISE);
    assert.deepEqual(
      tools.runs.map(({ callId }) => callId),
      ['call_2'],
    );
    tools.result('call_2');
    tools.speaks('resp_3');
    tools.turn('pay', 'call_3', TEN);
    assert.equal(tools.runs.length, 1);
    assert.notEqual(tools.outputOf('call_3')['confirmation_id'], id);
  });

  test('[TOL31] other arguments, or another tool, are not what was confirmed', () => {
    const tools = new ToolBench([PAY, someTool('gift', { confirmedBy: 'client' })]);
    confirm(tools, ask(tools, 'call_1'));
    tools.turn('pay', 'call_2', TEN.replace('10', '100'));
    tools.turn('gift', 'call_3', TEN);
    assert.deepEqual(tools.runs, []);
    assert.equal(tools.outputOf('call_2')['status'], 'confirmation_required');
    tools.turn('pay', 'call_4', TEN);
    assert.equal(tools.runs.length, 1);
  });

  test('[TOL31] words alone confirm nothing where a client must', () => {
    const tools = new ToolBench([PAY]);
    ask(tools, 'call_1');
    tools.userTypes('item_yes');
    tools.turn('pay', 'call_2', TEN);
    assert.deepEqual(tools.runs, []);
  });

  test('[TOL32] spoken: the call runs after the model asked and the user had a turn', () => {
    const tools = new ToolBench([SPOKEN]);
    tools.turn('pay', 'call_1', TEN);
    tools.userTypes('item_before_the_question');
    tools.turn('pay', 'call_2', TEN);
    // No question was asked in a response that only calls.
    tools.userTypes('item_still_before');
    tools.turn('pay', 'call_2b', TEN);
    assert.deepEqual(tools.runs, []);
    tools.speaks('resp_asks');
    tools.turn('pay', 'call_3', TEN);
    assert.deepEqual(tools.runs, []);
    tools.userTypes('item_yes');
    tools.turn('pay', 'call_4', TEN);
    assert.deepEqual(
      tools.runs.map(({ callId }) => callId),
      ['call_4'],
    );
    tools.result('call_4');
    tools.turn('pay', 'call_5', TEN);
    assert.equal(tools.runs.length, 1);
  });

  test('[TOL32] a turn of the idle timeout, and a question that failed or was asked elsewhere, are none', () => {
    const tools = new ToolBench([SPOKEN]);
    tools.turn('pay', 'call_1', TEN);
    tools.responseCreated('resp_f');
    tools.responseDone('resp_f', 'failed');
    tools.userTypes('item_1');
    tools.turn('pay', 'call_2', TEN);
    assert.deepEqual(tools.runs, []);
    tools.responseCreated('resp_o', { conversation_id: null });
    tools.responseDone('resp_o');
    tools.userTypes('item_1b');
    tools.turn('pay', 'call_2b', TEN);
    assert.deepEqual(tools.runs, []);
    tools.speaks('resp_asks');
    tools.bench.post(
      serverEvent({ type: 'input_audio_buffer.timeout_triggered', item_id: 'item_idle' }),
    );
    tools.userTypes('item_idle');
    tools.turn('pay', 'call_3', TEN);
    assert.deepEqual(tools.runs, []);
    tools.userTypes('item_2');
    tools.turn('pay', 'call_4', TEN);
    assert.equal(tools.runs.length, 1);
  });

  test('[TOL33] what was declined, decided, used or is old can’t be decided', () => {
    const tools = new ToolBench([PAY]);
    const declined = ask(tools, 'call_1');
    confirm(tools, declined, false);
    assert.match(notes(tools)[0] ?? '', /has declined pay/);
    assert.deepEqual(tools.errors, []);
    confirm(tools, declined);
    assert.deepEqual(tools.errors, ['confirmation_not_found']);
    const twice = ask(tools, 'call_2');
    confirm(tools, twice);
    confirm(tools, twice, false);
    assert.equal(tools.errors.length, 2);
    tools.turn('pay', 'call_3', TEN);
    assert.equal(tools.runs.length, 1);
    const old = ask(tools, 'call_4', '{"amount":1}');
    tools.bench.advance(120_000);
    confirm(tools, old);
    confirm(tools, 'conf_never');
    assert.equal(tools.errors.length, 4);
    const expiring = ask(tools, 'call_5', '{"amount":2}');
    confirm(tools, expiring);
    tools.bench.advance(120_000);
    tools.turn('pay', 'call_6', '{"amount":2}');
    assert.equal(tools.runs.length, 1);
  });

  test('[TOL34] sixteen wait, and who comes later is told of those', () => {
    const tools = new ToolBench([PAY]);
    const ids = Array.from({ length: 17 }, (_, index) =>
      ask(tools, `call_${index}`, `{"amount":${index}}`),
    );
    assert.equal(tools.bench.session.describe()['toolConfirmationsGivenUp'], 1);
    tools.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    tools.bench.client({ type: 'prism.tool.subscribe' }, SIDEBAND);
    const told = tools.bench.effects.flatMap((effect) =>
      effect.type === 'controller.send' && effect.controllerId === SIDEBAND
        ? [(JSON.parse(effect.text) as Record<string, unknown>)['confirmation_id']]
        : [],
    );
    assert.deepEqual(told, ids.slice(1));
    confirm(tools, ids[0]);
    assert.deepEqual(tools.errors, ['confirmation_not_found']);
  });
});
