import { agentNamed } from '../../state/agents.ts';
import { Card } from '../card.tsx';
import { usePage, usePageState } from '../page-context.ts';
import { AgentVariables } from './agent-variables.tsx';

/** Which of the server's agents answers, and what it is told of this conversation. */
export function AgentCard() {
  const { store } = usePage();
  const agents = usePageState((state) => state.agents);
  const name = usePageState((state) => state.settings.agent);
  if (agents.type === 'loading') return null;
  if (agents.type === 'unavailable' || agents.agents.length === 0) {
    return (
      <Card title="Agent">
        <p className="card-note">
          {agents.type === 'unavailable'
            ? 'The server did not name its agents.'
            : 'This server offers none. Agents are defined in its prism.yaml, under “agents”.'}
        </p>
      </Card>
    );
  }
  const chosen = agents.isChoice ? agentNamed(agents, name) : agents.agents[0];
  return (
    <Card title="Agent">
      {agents.isChoice ? (
        <select
          className="select"
          aria-label="Agent"
          data-testid="agent"
          value={chosen?.name ?? ''}
          onChange={({ target }) => {
            const agent = target.value === '' ? undefined : target.value;
            store.dispatch({ type: 'settings.changed', change: { agent } });
          }}
        >
          <option value="">None – a plain session</option>
          {agents.agents.map((agent) => (
            <option key={agent.name} value={agent.name}>
              {agent.name}
            </option>
          ))}
        </select>
      ) : (
        <p className="fixed-choice" data-testid="agent">
          {chosen?.name} <span>named by the client secret</span>
        </p>
      )}
      {chosen?.description === undefined ? null : <p className="card-note">{chosen.description}</p>}
      {chosen === undefined ? null : <AgentVariables variables={chosen.variables} />}
    </Card>
  );
}
