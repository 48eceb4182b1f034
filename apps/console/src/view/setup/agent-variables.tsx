import type { AgentVariable } from '../../state/agents.ts';
import { usePage, usePageState } from '../page-context.ts';

/** A field for each variable of the agent. */
export function AgentVariables({ variables }: { readonly variables: readonly AgentVariable[] }) {
  const { store } = usePage();
  const values = usePageState((state) => state.settings.variables);
  return variables.map(({ name, isRequired, charsMax }) => (
    <label key={name} className="field">
      <span>
        {name} <small>{isRequired ? 'required' : 'has a default'}</small>
      </span>
      <input
        type="text"
        className="input"
        data-testid={`variable-${name}`}
        value={values[name] ?? ''}
        maxLength={charsMax}
        required={isRequired}
        autoComplete="off"
        onChange={({ target }) => {
          store.dispatch({ type: 'variable.changed', name, value: target.value });
        }}
      />
    </label>
  ));
}
