import assert from 'node:assert/strict';
import test from 'node:test';
import { clientErrorCodes, explainError, PrismClientError } from './client-error.ts';
import { microphoneError, realtimeError, refusalError } from './error-mapping.ts';
import { MICROPHONE_CONSTRAINTS, openMicrophone } from './microphone.ts';

test('[CLI9] every code has a message and a remedy, both whole sentences', () => {
  assert.ok(clientErrorCodes().length > 15);
  for (const code of clientErrorCodes()) {
    const { message, remedy } = explainError(code);
    assert.match(message, /^[A-Z].{10,}\.$/u, code);
    assert.match(remedy, /^[A-Z].{10,}\.$/u, code);
  }
});

test('[CLI9] an error without words of its own uses the explanation of its code', () => {
  const error = new PrismClientError('ice_failed');
  assert.equal(error.message, explainError('ice_failed').message);
  assert.equal(error.remedy, explainError('ice_failed').remedy);
});

test('[CLI2] what getUserMedia rejects with is told apart', () => {
  const codes = new Map([
    ['NotAllowedError', 'microphone_denied'],
    ['NotFoundError', 'microphone_missing'],
    ['NotReadableError', 'microphone_busy'],
    ['SomethingNewError', 'microphone_failed'],
  ]);
  for (const [name, code] of codes) {
    assert.equal(microphoneError(new DOMException('x', name)).code, code);
  }
  assert.equal(microphoneError(undefined).code, 'microphone_failed');
});

test('[CLI1] an insecure page and a page without media devices ask for nothing', async () => {
  const asked: unknown[] = [];
  const getUserMedia = (constraints?: MediaStreamConstraints): Promise<MediaStream> => {
    asked.push(constraints);
    return Promise.reject(new DOMException('x', 'NotAllowedError'));
  };
  const insecure = { isSecureContext: false, navigator: { mediaDevices: { getUserMedia } } };
  await assert.rejects(openMicrophone(insecure), { code: 'insecure_context' });
  const bare = { isSecureContext: true, navigator: {} };
  await assert.rejects(openMicrophone(bare), { code: 'microphone_unsupported' });
  assert.deepEqual(asked, []);

  const secure = { isSecureContext: true, navigator: { mediaDevices: { getUserMedia } } };
  await assert.rejects(openMicrophone(secure), { code: 'microphone_denied' });
  assert.deepEqual(asked, [{ audio: MICROPHONE_CONSTRAINTS }]);
  assert.equal(MICROPHONE_CONSTRAINTS.echoCancellation, true);
  assert.equal(MICROPHONE_CONSTRAINTS.noiseSuppression, true);
  assert.equal(MICROPHONE_CONSTRAINTS.autoGainControl, true);
});

test('[CLI4] a refusal carries status, code and message of the server', () => {
  const body = { error: { type: 'authentication_error', code: 'invalid_api_key', message: 'No.' } };
  const error = refusalError(401, JSON.stringify(body));
  assert.equal(error.code, 'server_refused');
  assert.equal(error.httpStatus, 401);
  assert.equal(error.serverCode, 'invalid_api_key');
  assert.equal(error.message, 'No.');
});

test('[CLI4] a refusal that is no JSON names its status', () => {
  for (const body of ['<html>', '"text"', 'null', '{"error":"text"}', '']) {
    const error = refusalError(502, body);
    assert.equal(error.serverCode, undefined);
    assert.match(error.message, /502/u);
  }
});

test('[CLI11] an error event keeps its code, or its type if the code is null', () => {
  const error = { type: 'server_error', code: null, message: 'Broken.' };
  assert.equal(realtimeError({ type: 'error', error }).serverCode, 'server_error');
  assert.equal(realtimeError({ type: 'error', error }).message, 'Broken.');
  assert.equal(realtimeError({ type: 'error' }).code, 'realtime_error');
});
