import { Badge, Box, Group, SimpleGrid, Stack, Text, ThemeIcon } from '@mantine/core';
import { Icon } from '../../components/display/Icon.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { LoadingState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { type Guide, guideSeries, shopGuides, troubleshootingGuides } from './guide-list.ts';
import { getGuideProgress } from './guide-progress.ts';

export function Guides() {
  const { id, connections } = useSite();
  const isUsed = (platform: string) => connections.some(({ destination }) => destination === platform);
  const [used = [], unused = []] = [true, false].map((wanted) =>
    guideSeries.filter(({ destination }) => isUsed(destination) === wanted),
  );
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: id }, { everyMs: 10_000 });
  const getProgress = (guide: Guide) => getGuideProgress(guide, checklist.data?.steps ?? []);
  /** Returns the progress of a troubleshooting guide, which is never done. */
  const getProblem = (guide: Guide) => (getProgress(guide) === 'problem' ? 'problem' : undefined);
  return (
    <Page title="Guides" description="The documentation of this gateway, with your own values instead of examples.">
      {checklist.error && !checklist.data && <ErrorAlert error={checklist.error} onRetry={checklist.refetch} />}
      {checklist.isPending ? (
        <LoadingState height={600} />
      ) : (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
          <Stack gap="lg">
            {used.map((series) => (
              <Series key={series.destination} {...series} site={id} getProgress={getProgress} />
            ))}
            {unused.length > 0 && (
              <details open={used.length === 0}>
                <Text component="summary" fw={600} style={{ cursor: 'pointer' }}>
                  {used.length === 0 ? 'Platforms' : 'Other platforms'}
                </Text>
                <Stack gap="lg" pt="md">
                  {unused.map((series) => (
                    <Series key={series.destination} {...series} site={id} getProgress={getProgress} />
                  ))}
                </Stack>
              </details>
            )}
          </Stack>
          <Stack gap="lg">
            <Panel title="Your shop">
              <GuideEntries site={id} guides={shopGuides} getProgress={getProgress} />
            </Panel>
            <Panel title="Troubleshooting and quality">
              <GuideEntries site={id} guides={troubleshootingGuides} getProgress={getProblem} />
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
  readonly getProgress: (guide: Guide) => ReturnType<typeof getGuideProgress>;
}

/** The steps of a platform's setup. */
function Series({ title, site, guides, getProgress }: EntriesProps & { readonly title: string }) {
  return (
    <Panel title={title} description="Follow the steps in order. Completed steps are marked automatically.">
      <Stack component="ol" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
        {guides.map((guide, at) => (
          <GuideEntry key={guide.slug} site={site} guide={guide} progress={getProgress(guide)} nth={at + 1} />
        ))}
      </Stack>
    </Panel>
  );
}

function GuideEntries({ site, guides, getProgress }: EntriesProps) {
  return (
    <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
      {guides.map((guide) => (
        <GuideEntry key={guide.slug} site={site} guide={guide} progress={getProgress(guide)} />
      ))}
    </Stack>
  );
}

interface EntryProps {
  readonly site: string;
  readonly guide: Guide;
  readonly progress: ReturnType<typeof getGuideProgress>;
  readonly nth?: number;
}

function GuideEntry({ site, guide, progress, nth }: EntryProps) {
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start">
      <ThemeIcon
        variant="light"
        radius="xl"
        size={30}
        color={progress === 'done' ? 'jade' : progress === 'problem' ? 'orange' : 'gray'}
      >
        {progress === 'done' ? (
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
          {progress === 'done' && <Badge color="jade">Done</Badge>}
          {progress === 'problem' && <Badge color="orange">Action needed</Badge>}
        </Group>
        <Text size="sm" c="dimmed">
          {guide.description}
        </Text>
      </Box>
    </Group>
  );
}
