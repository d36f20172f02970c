import type { DestinationView, SiteSettingsView } from '../../../../api/client.ts';

type Reach = {
  readonly connections: readonly Pick<
    SiteSettingsView['connections'][number],
    'id' | 'destination' | 'enabled' | 'isSimulated'
  >[];
  readonly tags: SiteSettingsView['tags'];
};

/** Describes where the events of a site with a simulator go, besides the simulator. */
export function describeSimulatorReach(
  { connections, tags }: Reach,
  destinations: readonly Pick<DestinationView, 'id' | 'name' | 'tag'>[],
): string {
  const enabled = connections.filter((one) => one.enabled);
  const real = enabled.filter(({ isSimulated }) => !isSimulated);
  const getName = (id: string) => destinations.find((one) => one.id === id)?.name ?? id;
  const isReplaced = (id: string) =>
    enabled.some(({ destination }) => destination === id) && !real.some(({ destination }) => destination === id);
  const runningTags = destinations.filter(({ id, tag }) => tag && (tags[id]?.mode ?? 'off') !== 'off' && !isReplaced(id));
  const ways = [
    ...real.map(({ id, destination }) => `the connection ${id} to ${getName(destination)}`),
    ...runningTags.map(({ name, tag }) => `the browser tag ${tag?.label} of ${name}`),
  ];
  if (ways.length === 0) return 'A simulator stands in for the ad platform. No event leaves the machine of the gateway.';
  return `A simulator stands in for each platform below. Events still leave the machine of the gateway by ${ways.join(', ')}.`;
}
