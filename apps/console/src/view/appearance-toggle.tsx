import { useEffect, useState } from 'react';
import { applyAppearance, nextAppearance, storedAppearance } from './appearance.ts';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Readonly<Record<ReturnType<typeof storedAppearance>, IconName>> = {
  system: 'system',
  light: 'sun',
  dark: 'moon',
};

/** Goes round system, light and dark. */
export function AppearanceToggle() {
  const [appearance, setAppearance] = useState(storedAppearance);
  useEffect(() => {
    applyAppearance(appearance);
  }, [appearance]);
  const label = `Appearance: ${appearance}`;
  return (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={label}
      title={label}
      data-testid="appearance-button"
      onClick={() => {
        setAppearance(nextAppearance(appearance));
      }}
    >
      <Icon name={ICONS[appearance]} />
    </button>
  );
}
