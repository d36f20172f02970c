import { Badge, Group, Stack, Table, Text } from '@mantine/core';
import type { HookView, SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../../components/layout/router-links.tsx';
import { ScrollTable } from '../../../components/layout/ScrollTable.tsx';
import { useApiQuery } from '../../../data/queries.ts';

/** Lists the hooks of a site: the services that send it signed requests. */
export function HooksPanel({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const query = useApiQuery('GET /api/sites/:site/hooks', { site: site.id }, { everyMs: 10_000 });
  return (
    <Panel
      title="Hooks"
      description="Services that report sales and leads themselves: a payment system, a CRM, a form or a calendar."
      actions={
        mayChange && (
          <RouterButton
            size="xs"
            variant="default"
            leftSection={<Icon name="plus" size={14} />}
            to="/sites/$site/hooks/$hook"
            params={{ site: site.id, hook: 'new' }}
          >
            Add hook
          </RouterButton>
        )
      }
    >
      <div id="hooks" style={{ scrollMarginTop: 120 }} />
      <QueryState query={query} height={120}>
        {({ hooks }) =>
          hooks.length === 0 ? (
            <EmptyState icon="link" title="No hooks">
              Add one for each service that can call a URL when something is sold or requested.
            </EmptyState>
          ) : (
            <ScrollTable label="Hooks, table" minWidth={560}>
              <Table aria-label="Hooks">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Hook</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Last request</Table.Th>
                    <Table.Th>
                      <span className="unseen">URL</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {hooks.map((hook) => (
                    <HookRow key={hook.id} site={site.id} hook={hook} />
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollTable>
          )
        }
      </QueryState>
    </Panel>
  );
}

function HookRow({ site, hook }: { readonly site: string; readonly hook: HookView }) {
  const { id, title, url, isGuess } = hook;
  return (
    <Table.Tr>
      <Table.Td>
        <RouterAnchor to="/sites/$site/hooks/$hook" params={{ site, hook: id }} fw={600} size="sm">
          {id}
        </RouterAnchor>
        <Text size="xs" c="dimmed">
          {title}
        </Text>
      </Table.Td>
      <Table.Td>
        <HookBadges hook={hook} />
      </Table.Td>
      <Table.Td>
        <LastRequest hook={hook} />
      </Table.Td>
      <Table.Td ta="right">{!isGuess && <CopyButton text={url} label="Copy URL" />}</Table.Td>
    </Table.Tr>
  );
}

/** Shows whether a hook is ready, and whether its requests are signed. */
export function HookBadges({ hook: { secrets, isSigned } }: { readonly hook: HookView }) {
  return (
    <Group gap={6}>
      {secrets.length === 0 ? <Badge color="yellow">No secret</Badge> : isSigned && <Badge color="green">Signed</Badge>}
      {!isSigned && <Badge color="yellow">Not signed</Badge>}
    </Group>
  );
}

const results = { accepted: 'Accepted', repeated: 'Repeated', ignored: 'Ignored', rejected: 'Rejected' } as const;

/** Shows the last request of a hook, and when one was refused. */
export function LastRequest({ hook: { lastRequest, lastRefusedAt } }: { readonly hook: HookView }) {
  if (!lastRequest && lastRefusedAt === undefined)
    return (
      <Text size="sm" c="dimmed">
        None since the start
      </Text>
    );
  const isRefusedSince = lastRefusedAt !== undefined && lastRefusedAt > (lastRequest?.at ?? 0);
  return (
    <Stack gap={2}>
      {lastRequest && (
        <Text size="sm">
          {results[lastRequest.result]} <Timestamp at={lastRequest.at} as="ago" />
        </Text>
      )}
      {lastRequest?.reason !== undefined && (
        <Text size="xs" c="dimmed" maw="42ch">
          {lastRequest.reason}
        </Text>
      )}
      {isRefusedSince && (
        <Text size="sm" c="red">
          Refused <Timestamp at={lastRefusedAt} as="ago" />: wrong signature or secret
        </Text>
      )}
    </Stack>
  );
}
