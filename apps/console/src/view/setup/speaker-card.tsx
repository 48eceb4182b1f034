import { Card } from '../card.tsx';
import { usePage, usePageState } from '../page-context.ts';
import { DeviceSelect } from './device-select.tsx';

/** Where answers are played, in browsers that leave it to the page. */
export function SpeakerCard() {
  const { controller } = usePage();
  const devices = usePageState((state) => state.devices);
  const chosenId = usePageState((state) => state.settings.speakerId);
  return (
    <Card title="Loudspeaker">
      {devices.hasSpeakerChoice ? (
        <DeviceSelect
          label="Loudspeaker"
          devices={devices.speakers}
          chosenId={chosenId}
          goneLabel={devices.gone.speaker}
          testId="speaker"
          onChoose={(id) => {
            void controller.chooseSpeaker(id);
          }}
        />
      ) : (
        <p className="card-note">
          This browser plays on the system’s loudspeaker and lets no page choose.
        </p>
      )}
    </Card>
  );
}
