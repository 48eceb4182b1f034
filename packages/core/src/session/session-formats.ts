import type { ClientEventOf } from '@prism/protocol';

/**
 * The text of a `session.update` for the upstream, without the audio formats.
 *
 * With a media attachment the client's audio is RTP and Prism speaks PCM at 24 kHz to the upstream: a format the
 * client names would change what Prism sends, not what the client does. An update that names none is passed unchanged.
 */
export function withoutAudioFormats(event: ClientEventOf<'session.update'>, text: string): string {
  const { session } = event;
  if (session.type !== 'realtime' || session.audio === undefined) return text;
  const { input, output } = session.audio;
  if (input?.format === undefined && output?.format === undefined) return text;
  const audio: Record<string, unknown> = { ...session.audio };
  if (input !== undefined) audio['input'] = { ...input, format: undefined };
  if (output !== undefined) audio['output'] = { ...output, format: undefined };
  return JSON.stringify({ ...event, session: { ...session, audio } });
}
