import { Button, Code, Group, Stack, Text } from '@mantine/core';
import type { SeenEventView } from '../../../../api/client.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ShopPageLink } from '../../../components/layout/ShopPageLink.tsx';
import { useApiQuery } from '../../../data/queries.ts';

const refreshMs = 3_000;

interface SeenEventsProps {
  readonly site: string;
  readonly domain: string;
  readonly mayChange: boolean;
  readonly onMap: (event: SeenEventView) => void;
  readonly onChoose: (ga4: string) => void;
  /** Whether the form has the event already. */
  readonly isTaken: (event: SeenEventView) => boolean;
}

/** Opens a page of the shop, and lists the events that it writes: what would be reported, and what has no entry yet. */
export function SeenEvents({ site, domain, mayChange, onMap, onChoose, isTaken }: SeenEventsProps) {
  const query = useApiQuery('GET /api/sites/:site/seen-events', { site }, { everyMs: refreshMs });
  const events = query.data?.events ?? [];
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={600}>
          What pages write
        </Text>
        <Text size="xs" c="dimmed" mt={2}>
          In the mode “Preview” nothing is reported. Open a page of the shop: its events appear here without their values, for an
          hour.
        </Text>
      </div>
      {mayChange && <ShopPageLink site={site} domain={domain} />}
      {events.length > 0 && (
        <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Events of pages">
          {events.map((event) => (
            <Group key={event.name} component="li" justify="space-between" align="flex-start" gap="xs">
              <Stack gap={2} style={{ flex: '1 1 14rem', minWidth: 0 }}>
                <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {event.selector ?? event.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {describe(event)} · <Timestamp at={event.lastAt} />
                </Text>
                {event.keys.length > 0 && (
                  <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
                    <Code>{event.state === 'form' ? event.keys.map(describeField).join(', ') : event.keys.join('  ')}</Code>
                  </Text>
                )}
              </Stack>
              {mayChange && !isTaken(event) && event.state === 'unmapped' && (
                <Button size="compact-xs" variant="light" onClick={() => onMap(event)} aria-label={`Map ${event.name}`}>
                  Map it
                </Button>
              )}
              {mayChange && !isTaken(event) && event.state === 'not-chosen' && event.ga4 !== undefined && (
                <Button
                  size="compact-xs"
                  variant="light"
                  onClick={() => onChoose(event.ga4 ?? '')}
                  aria-label={`Read ${event.name}`}
                >
                  Read it
                </Button>
              )}
            </Group>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

/** Describes the field of a form with the field of the person that it is read for. */
function describeField(key: string): string {
  const [target, name = ''] = key.split(/:(.*)/);
  return target === 'none' ? `${name} (not read)` : `${name} → ${target}`;
}

function describe({ state, as }: SeenEventView): string {
  if (state === 'form') return `Form of ${as}`;
  if (state === 'reported') return `Reported as ${as}`;
  if (state === 'left-out') return 'Left out: the shop reports its orders';
  return state === 'not-chosen' ? 'Not chosen' : 'Not mapped';
}
