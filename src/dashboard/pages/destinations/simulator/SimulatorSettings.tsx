import type { ConnectionSettingsView } from '../../../../api/client.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { SimulatorLink } from './SimulatorLink.tsx';

interface SimulatorSettingsProps {
  /** Name of the platform. */
  readonly name: string;
  readonly connection: ConnectionSettingsView;
}

/** Takes the place of the settings, which a connection to the gateway's own simulator does not have. */
export function SimulatorSettings({ name, connection: { simulatorUrl } }: SimulatorSettingsProps) {
  return (
    <Panel
      title="Simulator"
      description={`A simulator in the gateway stands in for ${name}, so there are no settings. For your own account, add another connection and remove this one.`}
    >
      {simulatorUrl !== undefined && <SimulatorLink url={simulatorUrl} />}
    </Panel>
  );
}
