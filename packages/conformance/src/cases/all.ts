import type { Exchange } from '../kit/exchange.ts';
import { CALL_EXCHANGES } from './calls.ts';
import { CLIENT_SECRET_EXCHANGES } from './client-secrets.ts';
import { CONNECTION_EXCHANGES } from './connection.ts';
import { ERROR_EXCHANGES } from './errors.ts';
import { FUNCTION_CALL_EXCHANGES } from './function-calls.ts';
import { INPUT_AUDIO_BUFFER_EXCHANGES } from './input-audio-buffer.ts';
import { INPUT_TRANSCRIPTION_EXCHANGES } from './input-transcription.ts';
import { ITEM_EXCHANGES } from './items.ts';
import { OUT_OF_BAND_EXCHANGES } from './out-of-band.ts';
import { RESPONSE_CONTROL_EXCHANGES } from './response-control.ts';
import { RESPONSE_EXCHANGES } from './responses.ts';
import { SESSION_EXCHANGES } from './session.ts';
import { SESSION_UPDATE_EXCHANGES } from './session-update.ts';
import { TRANSCRIPTION_SESSION_EXCHANGES } from './transcription-sessions.ts';
import { TRUNCATION_EXCHANGES } from './truncation.ts';
import { TURN_DETECTION_EXCHANGES } from './turn-detection.ts';

/** Every exchange of the kit, in the order of reports. */
export const EXCHANGES: readonly Exchange[] = [
  ...CONNECTION_EXCHANGES,
  ...SESSION_EXCHANGES,
  ...SESSION_UPDATE_EXCHANGES,
  ...ERROR_EXCHANGES,
  ...INPUT_AUDIO_BUFFER_EXCHANGES,
  ...TURN_DETECTION_EXCHANGES,
  ...INPUT_TRANSCRIPTION_EXCHANGES,
  ...ITEM_EXCHANGES,
  ...RESPONSE_EXCHANGES,
  ...RESPONSE_CONTROL_EXCHANGES,
  ...FUNCTION_CALL_EXCHANGES,
  ...OUT_OF_BAND_EXCHANGES,
  ...TRUNCATION_EXCHANGES,
  ...TRANSCRIPTION_SESSION_EXCHANGES,
  ...CLIENT_SECRET_EXCHANGES,
  ...CALL_EXCHANGES,
];
