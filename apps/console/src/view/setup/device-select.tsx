import type { Device } from '../../state/devices.ts';

/** What the list shows and does. */
export interface DeviceSelectProps {
  readonly label: string;
  readonly devices: readonly Device[];
  readonly chosenId: string | undefined;
  /** Name of the chosen device if it is unplugged. */
  readonly goneLabel: string | undefined;
  readonly testId: string;
  readonly onChoose: (id: string | undefined) => void;
}

/** A list of devices, the system's choice first; one that is gone stays in it until another is chosen. */
export function DeviceSelect(props: DeviceSelectProps) {
  const { label, devices, chosenId, goneLabel, testId, onChoose } = props;
  return (
    <>
      <select
        className="select"
        aria-label={label}
        data-testid={testId}
        value={chosenId ?? ''}
        onChange={({ target }) => {
          onChoose(target.value === '' ? undefined : target.value);
        }}
      >
        <option value="">System default</option>
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
        {goneLabel === undefined ? null : (
          <option value={chosenId} disabled>
            {goneLabel} – unplugged
          </option>
        )}
      </select>
      {goneLabel === undefined ? null : (
        <p className="card-note warning" role="status" data-testid={`${testId}-gone`}>
          {goneLabel} is not plugged in any more. Choose another one, or plug it in again.
        </p>
      )}
    </>
  );
}
