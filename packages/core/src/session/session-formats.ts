/**
 * A session object without `audio.input.format` and `audio.output.format`; the same object if it has none.
 *
 * With a media attachment the client's audio is RTP and Prism speaks PCM at 24 kHz to the upstream: a format the
 * client names would change what Prism sends, not what the client does.
 */
export function sessionWithoutAudioFormats<Value>(session: Value): Value {
  if (!isRecord(session) || !isRecord(session['audio'])) return session;
  const { audio } = session;
  const { input, output } = audio;
  if (!hasFormat(input) && !hasFormat(output)) return session;
  return {
    ...session,
    audio: {
      ...audio,
      ...(hasFormat(input) ? { input: { ...input, format: undefined } } : {}),
      ...(hasFormat(output) ? { output: { ...output, format: undefined } } : {}),
    },
  };
}

function hasFormat(part: unknown): part is Record<string, unknown> {
  return isRecord(part) && part['format'] !== undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
