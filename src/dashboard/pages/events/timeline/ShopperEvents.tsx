import { Stack, Text } from '@mantine/core';
import { formatMoney } from '../../../components/display/format.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';

/** Lists other events of the event's shopper, the newest first. */
export function ShopperEvents({ site, offset }: { readonly site: string; readonly offset: string }) {
  const query = useApiQuery('GET /api/sites/:site/events/shopper', { site, offset });
  return (
    <Panel title="Other events of this shopper">
      <QueryState query={query} height={64}>
        {({ events, isNamed }) => {
          if (!isNamed)
            return (
              <Text size="sm" c="dimmed">
                The event names no visitor.
              </Text>
            );
          if (events.length === 0)
            return (
              <Text size="sm" c="dimmed">
                None among the 5,000 reports before this one and the 5,000 after it.
              </Text>
            );
          return (
            <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: 'none' }}>
              {events.toReversed().map((row) => (
                <Text key={row.offset} component="li" size="sm">
                  {'gone' in row ? (
                    (row.record?.name ?? 'Removed event')
                  ) : (
                    <RouterAnchor to="/sites/$site/events/$event" params={{ site, event: row.id }} search={{}} size="sm">
                      {row.name}
                    </RouterAnchor>
                  )}
                  {!('gone' in row) && row.commerce.value !== undefined && (
                    <> {formatMoney(row.commerce.value, row.commerce.currency)}</>
                  )}
                  <Text span size="xs" c="dimmed" display="block">
                    <Timestamp at={row.receivedAt} />
                  </Text>
                </Text>
              ))}
            </Stack>
          );
        }}
      </QueryState>
    </Panel>
  );
}
