/**
 * Headers as `OTEL_EXPORTER_OTLP_HEADERS` has them: `name=value` separated by commas, values percent-encoded
 * (OpenTelemetry, protocol exporter, in the format of W3C Baggage). What has no name is left out.
 */
export function readTraceHeaders(text: string | undefined): Readonly<Record<string, string>> {
  const pairs = (text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    return at < 1 || name === '' ? [] : [[name, decoded(pair.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A sign of percent that encodes nothing: the value as it is.
    return value;
  }
}
