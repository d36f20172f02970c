import { Box, Group, Stack, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';
import type { ActionItem } from '../summary/action-items.ts';

interface ListedActionItem extends ActionItem {
  /** Whose it is; absent: the gateway's. */
  readonly site?: string;
}

/** What a person has to do, with the way to where it is done. */
export function ActionItemsPanel({ needs }: { readonly needs: readonly ListedActionItem[] }) {
  return (
    <Panel title="What needs a hand">
      {needs.length === 0 ? (
        <Group gap="sm" wrap="nowrap" c="dimmed">
          <Icon name="check" />
          <Text size="sm">Nothing that is set up is in trouble.</Text>
        </Group>
      ) : (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
          {needs.map((need) => (
            <ActionItemRow key={`${need.site} ${need.message}`} need={need} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function ActionItemRow({ need }: { readonly need: ListedActionItem }) {
  const isProblem = need.level === 'problem';
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <Box
        c={isProblem ? 'var(--mantine-color-error)' : 'light-dark(var(--mantine-color-orange-9), var(--mantine-color-orange-4))'}
        pt={1}
      >
        <Icon name={isProblem ? 'warn' : 'info'} />
      </Box>
      <Box miw={0}>
        <Text size="sm">
          <span className="unseen">{isProblem ? 'Problem: ' : 'Warning: '}</span>
          <InlineCode text={need.message} />
        </Text>
        <ActionLink need={need} />
      </Box>
    </Group>
  );
}

function ActionLink({ need: { target: place, connection, guide, site } }: { readonly need: ListedActionItem }) {
  if (place === undefined || site === undefined) return null;
  const params = { site };
  if (place === 'connection' && connection !== undefined)
    return (
      <RouterAnchor size="sm" to="/sites/$site/destinations/$connection" params={{ site, connection }}>
        To the destination
      </RouterAnchor>
    );
  if (place === 'new-connection')
    return (
      <RouterAnchor size="sm" to="/sites/$site/destinations/new" params={params}>
        Add a destination
      </RouterAnchor>
    );
  if (place === 'settings')
    return (
      <RouterAnchor size="sm" to="/sites/$site/settings" params={params}>
        To the site's settings
      </RouterAnchor>
    );
  const page = guide === undefined ? undefined : parseGuideLink(guide);
  if (place === 'guide' && page)
    return (
      <RouterAnchor size="sm" to="/sites/$site/guides/$guide" params={{ site, guide: page.name }}>
        How to mend it
      </RouterAnchor>
    );
  if (place === 'rejections')
    return (
      <RouterAnchor size="sm" to="/sites/$site/rejections" params={params}>
        To what was not accepted
      </RouterAnchor>
    );
  if (place === 'consent')
    return (
      <RouterAnchor size="sm" to="/sites/$site/consent" params={params}>
        Ask the consent doctor
      </RouterAnchor>
    );
  if (place === 'events')
    return (
      <RouterAnchor size="sm" to="/sites/$site/events" params={params}>
        To the events
      </RouterAnchor>
    );
  if (place === 'accuracy')
    return (
      <RouterAnchor size="sm" to="/sites/$site/accuracy" params={params}>
        To the orders
      </RouterAnchor>
    );
  return (
    <RouterAnchor size="sm" to="/sites/$site" params={params}>
      To the set-up
    </RouterAnchor>
  );
}
