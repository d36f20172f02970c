import { Badge, Box, Group, SimpleGrid, Stack, Text, ThemeIcon } from '@mantine/core';
import { Icon } from '../../components/display/Icon.tsx';
import { LoadingState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { type Guide, microsoftGuides, shopGuides, troubleshootingGuides } from './guide-list.ts';
import { getGuideProgress } from './guide-progress.ts';

/** Every guide, the six of Microsoft's in the order in which one needs them. */
export function Guides() {
  const { id } = useSite();
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: id }, { everyMs: 10_000 });
  const tick = (guide: Guide) => getGuideProgress(guide, checklist.data?.steps ?? []);
  /** What helps out of trouble is never done. */
  const trouble = (guide: Guide) => (tick(guide) === 'problem' ? 'problem' : undefined);
  return (
    <Page title="Guides" description="The docs that came with this gateway, with your own values in the place of the examples.">
      {checklist.isPending ? (
        <LoadingState height={600} />
      ) : (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
          <Panel title="Microsoft Advertising, step by step" description="In this order. A tick means that it was observed.">
            <Stack component="ol" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
              {microsoftGuides.map((guide, at) => (
                <GuideEntry key={guide.slug} site={id} guide={guide} tick={tick(guide)} nth={at + 1} />
              ))}
            </Stack>
          </Panel>
          <Stack gap="lg">
            <Panel title="On your shop">
              <GuideEntries site={id} guides={shopGuides} tick={tick} />
            </Panel>
            <Panel title="When it is not as it should be">
              <GuideEntries site={id} guides={troubleshootingGuides} tick={trouble} />
            </Panel>
          </Stack>
        </SimpleGrid>
      )}
    </Page>
  );
}

interface EntriesProps {
  readonly site: string;
  readonly guides: readonly Guide[];
  readonly tick: (guide: Guide) => ReturnType<typeof getGuideProgress>;
}

function GuideEntries({ site, guides, tick }: EntriesProps) {
  return (
    <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
      {guides.map((guide) => (
        <GuideEntry key={guide.slug} site={site} guide={guide} tick={tick(guide)} />
      ))}
    </Stack>
  );
}

interface EntryProps {
  readonly site: string;
  readonly guide: Guide;
  readonly tick: ReturnType<typeof getGuideProgress>;
  readonly nth?: number;
}

function GuideEntry({ site, guide, tick, nth }: EntryProps) {
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start">
      <ThemeIcon variant="light" radius="xl" size={30} color={tick === 'done' ? 'jade' : tick === 'problem' ? 'orange' : 'gray'}>
        {tick === 'done' ? (
          <Icon name="check" size={16} />
        ) : nth === undefined ? (
          <Icon name="book" size={15} />
        ) : (
          <Text span fw={600} size="sm">
            {nth}
          </Text>
        )}
      </ThemeIcon>
      <Box miw={0}>
        <Group gap="xs">
          <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: guide.slug }} fw={600}>
            {guide.title}
          </RouterAnchor>
          {tick === 'done' && <Badge color="jade">Done</Badge>}
          {tick === 'problem' && <Badge color="orange">Needs a hand</Badge>}
        </Group>
        <Text size="sm" c="dimmed">
          {guide.description}
        </Text>
      </Box>
    </Group>
  );
}
