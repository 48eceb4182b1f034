import {
  useAction,
  useAudioLevel,
  useCallStatistics,
  usePrism,
  useScreenContext,
  useTranscript,
} from '@prism/react';
import { type ReactElement, type SyntheticEvent, useState } from 'react';

const COLOR_PARAMETERS = {
  type: 'object',
  properties: { color: { type: 'string', maxLength: 20 } },
  required: ['color'],
};

/** The call: buttons, what is said, and a page that the model can colour. */
export function Call(): ReactElement {
  const { status, activity, error, isMuted, connect, end, setMuted, sendText } = usePrism();
  const [color, setColor] = useState('white');
  const isCalling = status !== 'idle' && status !== 'ended';
  const isLive = status === 'live' || status === 'unstable';

  useScreenContext({ page: 'example', color });
  useAction(
    'set_theme_color',
    { description: 'Changes the colour of the page.', parameters: COLOR_PARAMETERS },
    (input) => {
      setColor(String(input.color));
      return { ok: true };
    },
  );

  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('text');
    if (typeof text === 'string' && text !== '') sendText(text);
    event.currentTarget.reset();
  };

  return (
    <div style={{ background: color }} data-testid="page">
      <p>
        <output data-testid="status">{status}</output> {activity}
      </p>
      <button type="button" onClick={isCalling ? end : connect}>
        {isCalling ? 'Hang up' : 'Talk'}
      </button>
      <button type="button" disabled={!isLive} onClick={() => setMuted(!isMuted)}>
        {isMuted ? 'Unmute' : 'Mute'}
      </button>
      <form onSubmit={submit}>
        <input name="text" aria-label="Message" placeholder="Or type" disabled={!isLive} />
      </form>
      {error && (
        <p role="alert">
          {error.message} {error.remedy}
        </p>
      )}
      <Level />
      <RoundTrip />
      <Transcript />
    </div>
  );
}

/** Renders with the sound, and nothing else does. */
function Level(): ReactElement {
  return <meter min={0} max={1} value={useAudioLevel('microphone')} />;
}

function RoundTrip(): ReactElement {
  const rttMs = useCallStatistics()?.rttMs;
  return <p>{rttMs === undefined ? '' : `Round trip ${Math.round(rttMs)} ms`}</p>;
}

function Transcript(): ReactElement {
  const entries = useTranscript();
  return (
    <ol aria-live="polite" data-testid="transcript">
      {entries.map((entry) => (
        <li key={entry.itemId}>
          {entry.type === 'message'
            ? `${entry.role}: ${entry.heardText ?? entry.text}${entry.status === 'interrupted' ? ' —' : ''}`
            : `${entry.name}(${entry.argumentsText})`}
        </li>
      ))}
    </ol>
  );
}
