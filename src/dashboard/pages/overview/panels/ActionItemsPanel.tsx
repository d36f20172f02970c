import { Box, Group, Stack, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { Marked } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { AnchorTo } from '../../../components/layout/router-links.tsx';
import { guideOf } from '../../../data/guide-link.ts';
import type { ActionItem } from '../summary/action-items.ts';

interface Listed extends ActionItem {
  /** Whose it is; absent: the gateway's. */
  readonly site?: string;
}

/** What a person has to do, with the way to where it is done. */
export function NeedsPanel({ needs }: { readonly needs: readonly Listed[] }) {
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
            <NeedItem key={`${need.site} ${need.says}`} need={need} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function NeedItem({ need }: { readonly need: Listed }) {
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
          <Marked text={need.says} />
        </Text>
        <Where need={need} />
      </Box>
    </Group>
  );
}

function Where({ need: { place, connection, guide, site } }: { readonly need: Listed }) {
  if (place === undefined || site === undefined) return null;
  const params = { site };
  if (place === 'connection' && connection !== undefined)
    return (
      <AnchorTo size="sm" to="/sites/$site/destinations/$connection" params={{ site, connection }}>
        To the destination
      </AnchorTo>
    );
  if (place === 'new-connection')
    return (
      <AnchorTo size="sm" to="/sites/$site/destinations/new" params={params}>
        Add a destination
      </AnchorTo>
    );
  if (place === 'settings')
    return (
      <AnchorTo size="sm" to="/sites/$site/settings" params={params}>
        To the site's settings
      </AnchorTo>
    );
  const page = guide === undefined ? undefined : guideOf(guide);
  if (place === 'guide' && page)
    return (
      <AnchorTo size="sm" to="/sites/$site/guides/$guide" params={{ site, guide: page.name }}>
        How to mend it
      </AnchorTo>
    );
  if (place === 'rejections')
    return (
      <AnchorTo size="sm" to="/sites/$site/rejections" params={params}>
        To what was not accepted
      </AnchorTo>
    );
  if (place === 'consent')
    return (
      <AnchorTo size="sm" to="/sites/$site/consent" params={params}>
        Ask the consent doctor
      </AnchorTo>
    );
  if (place === 'events')
    return (
      <AnchorTo size="sm" to="/sites/$site/events" params={params}>
        To the events
      </AnchorTo>
    );
  if (place === 'accuracy')
    return (
      <AnchorTo size="sm" to="/sites/$site/accuracy" params={params}>
        To the orders
      </AnchorTo>
    );
  return (
    <AnchorTo size="sm" to="/sites/$site" params={params}>
      To the set-up
    </AnchorTo>
  );
}
