import type { PrismErrorInfo, SessionAccess, SessionConfig } from '@prism/protocol';

/** Who asks to come in, as far as it can be known before anything else is read. */
export interface Caller {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** The key as presented, whatever header or subprotocol it came in. */
  readonly presentedKey: string | undefined;
}

export type Admission =
  | {
      readonly isAdmitted: true;
      /** The session that the caller's client secret was made for. */
      readonly session: SessionConfig | undefined;
      readonly access: SessionAccess;
    }
  | { readonly isAdmitted: false; readonly error: PrismErrorInfo };

/** The one decision on who may come in. */
export interface Gate {
  admit(caller: Caller): Admission;
}
