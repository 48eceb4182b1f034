import { isConnecting, isLive } from '../../state/call-state.ts';
import { Card } from '../card.tsx';
import { LevelBar } from '../level-bar.tsx';
import { usePage, usePageState } from '../page-context.ts';
import { DeviceSelect } from './device-select.tsx';

/** Which microphone, and whether it hears anything. */
export function MicrophoneCard() {
  const { controller } = usePage();
  const devices = usePageState((state) => state.devices);
  const chosenId = usePageState((state) => state.settings.microphoneId);
  const phase = usePageState((state) => state.call.phase);
  const isTesting = usePageState((state) => state.isTestingMicrophone);
  const hasCall = isLive(phase) || isConnecting(phase);
  return (
    <Card
      title="Microphone"
      aside={
        hasCall ? null : (
          <button
            type="button"
            className="button small"
            data-testid="microphone-test"
            aria-pressed={isTesting}
            onClick={() => {
              void controller.setMicrophoneTest(!isTesting);
            }}
          >
            {isTesting ? 'Stop' : 'Test'}
          </button>
        )
      }
    >
      <DeviceSelect
        label="Microphone"
        devices={devices.microphones}
        chosenId={chosenId}
        goneLabel={devices.gone.microphone}
        testId="microphone"
        onChoose={(id) => {
          void controller.chooseMicrophone(id);
        }}
      />
      <LevelBar side="microphone" label="Level" testId="microphone-check" />
      {devices.isNamed ? null : (
        <p className="card-note">Devices have names here once the microphone is allowed.</p>
      )}
    </Card>
  );
}
