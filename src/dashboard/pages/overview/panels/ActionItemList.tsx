import { Box, Group, Stack, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';
import type { ActionItem } from '../summary/action-items.ts';

export interface ListedActionItem extends ActionItem {
  /** Undefined if the item concerns the whole gateway. */
  readonly site?: string;
}

/** Lists what an operator has to do, with links. */
export function ActionItemList({ items }: { readonly items: readonly ListedActionItem[] }) {
  if (items.length === 0) return null;
  return (
    <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
      {items.map((item) => (
        <ActionItemRow key={`${item.site} ${item.message}`} item={item} />
      ))}
    </Stack>
  );
}

function ActionItemRow({ item }: { readonly item: ListedActionItem }) {
  const isProblem = item.level === 'problem';
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
          <InlineCode text={item.message} />
        </Text>
        <ActionLink item={item} />
      </Box>
    </Group>
  );
}

function ActionLink({ item: { target, connection, guide, site } }: { readonly item: ListedActionItem }) {
  if (target === undefined || site === undefined) return null;
  const params = { site };
  if (target === 'connection' && connection !== undefined)
    return (
      <RouterAnchor size="sm" to="/sites/$site/destinations/$connection" params={{ site, connection }}>
        View connection
      </RouterAnchor>
    );
  if (target === 'new-connection')
    return (
      <RouterAnchor size="sm" to="/sites/$site/destinations/new" params={params}>
        Add connection
      </RouterAnchor>
    );
  if (target === 'settings')
    return (
      <RouterAnchor size="sm" to="/sites/$site/settings" params={params}>
        Open site settings
      </RouterAnchor>
    );
  if (target === 'privacy')
    return (
      <RouterAnchor size="sm" to="/sites/$site/privacy" params={params}>
        View files
      </RouterAnchor>
    );
  const page = guide === undefined ? undefined : parseGuideLink(guide);
  if (target === 'guide' && page)
    return (
      <RouterAnchor
        size="sm"
        to="/sites/$site/guides/$guide"
        params={{ site, guide: page.name }}
        {...(page.hash !== undefined && { hash: page.hash })}
      >
        How to fix it
      </RouterAnchor>
    );
  if (target === 'rejections')
    return (
      <RouterAnchor size="sm" to="/sites/$site/rejections" params={params}>
        View rejected events
      </RouterAnchor>
    );
  if (target === 'consent')
    return (
      <RouterAnchor size="sm" to="/sites/$site/consent" params={params}>
        Run the consent doctor
      </RouterAnchor>
    );
  if (target === 'events')
    return (
      <RouterAnchor size="sm" to="/sites/$site/events" params={params}>
        View events
      </RouterAnchor>
    );
  if (target === 'accuracy')
    return (
      <RouterAnchor size="sm" to="/sites/$site/accuracy" params={params}>
        View accuracy
      </RouterAnchor>
    );
  return (
    <RouterAnchor size="sm" to="/sites/$site" params={params}>
      Open setup
    </RouterAnchor>
  );
}
