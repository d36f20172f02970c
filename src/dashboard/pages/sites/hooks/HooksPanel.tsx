import { Badge, Box, Group, Stack, Text } from '@mantine/core';
import type { HookView, SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import classes from './HooksPanel.module.css';

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
            <ul className={classes.hooks} aria-label="Hooks">
              {hooks.map((hook) => (
                <HookRow key={hook.id} site={site.id} hook={hook} />
              ))}
            </ul>
          )
        }
      </QueryState>
    </Panel>
  );
}

function HookRow({ site, hook }: { readonly site: string; readonly hook: HookView }) {
  const { id, title, url, isGuess } = hook;
  return (
    <li className={classes.hook}>
      <Box flex="2 1 14rem" miw={0}>
        <Group gap="xs">
          <RouterAnchor
            to="/sites/$site/hooks/$hook"
            params={{ site, hook: id }}
            fw={600}
            size="sm"
            className={classes.name ?? ''}
          >
            {id}
          </RouterAnchor>
          <HookBadges hook={hook} />
        </Group>
        <Text size="xs" c="dimmed">
          {title}
        </Text>
      </Box>
      <Box flex="3 1 16rem" miw={0}>
        <LastRequest hook={hook} />
      </Box>
      {!isGuess && <CopyButton text={url} label="Copy URL" />}
    </li>
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
        No request since the start
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
          Refused <Timestamp at={lastRefusedAt} as="ago" />: wrong or missing signature or secret
        </Text>
      )}
    </Stack>
  );
}
