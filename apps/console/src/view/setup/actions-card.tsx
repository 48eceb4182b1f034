import { Card } from '../card.tsx';
import { usePage, usePageState } from '../page-context.ts';

/** What the model can do on this page. */
export function ActionsCard() {
  const { store } = usePage();
  const hasColorTool = usePageState((state) => state.settings.hasColorTool);
  return (
    <Card title="Actions on this page">
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          data-testid="tool-color"
          checked={hasColorTool}
          onChange={({ target }) => {
            store.dispatch({ type: 'settings.changed', change: { hasColorTool: target.checked } });
          }}
        />
        <span>
          <code>set_theme_color</code> Say “make the page purple”.
        </span>
      </label>
    </Card>
  );
}
