import { useInsertionEffect, useRef } from 'react';

/** Holds the value of the newest render, for callbacks that outlive renders. */
export function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
