import type { PrismErrorInfo } from '@prism/protocol';

/** What who asks for a call is told if there is none for it (Realtime API, calls). */
export const NO_SUCH_CALL: PrismErrorInfo = {
  code: 'call_id_not_found',
  message: 'No session found for the provided call_id.',
  param: '',
};
