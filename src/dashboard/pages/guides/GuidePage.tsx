import { Anchor, Box, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { NotFound } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { FilledValues } from './FilledValues.tsx';
import { guideComponents } from './guide-components.tsx';
import { findGuide, type Guide, listSeries } from './guide-list.ts';
import { loadGuide } from './load-guide.ts';
import { renderMarkdown, type Section } from './render-markdown.ts';
import { getSiteValues, replaceExampleValues } from './site-values.ts';

/** The page of a guide, with the site's own values instead of examples. */
export function GuidePage() {
  const { guide: slug } = useParams({ from: '/signed-in/shell/sites/$site/guides/$guide' });
  const guide = findGuide(slug);
  return guide ? <GuideView key={slug} guide={guide} /> : <NotFound message="This guide does not exist." />;
}

function GuideView({ guide }: { readonly guide: Guide }) {
  const site = useSite();
  const text = useQuery<string, Error>({
    queryKey: ['guide', guide.path],
    queryFn: () => loadGuide(guide.path),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const status = useApiQuery('GET /api/status', {});
  const destinations = useApiQuery('GET /api/destinations', {});
  const values = getSiteValues(site, status.data?.collectorUrl, destinations.data ?? []);
  const fill = (piece: string) => replaceExampleValues(piece, values);
  return (
    <Page title={guide.title} description={<GuidePosition site={site.id} guide={guide} />}>
      <QueryState query={text} height={900}>
        {(markdown) => {
          if (status.isPending || destinations.isPending) return <Skeleton height={900} />;
          const { body, sections } = renderMarkdown(markdown, { components: guideComponents, fill });
          return (
            <Group align="flex-start" gap="xl" wrap="nowrap">
              <Box flex="1 1 0" miw={0} maw={820}>
                <FilledValues markdown={markdown} values={values} />
                <Panel>
                  {body}
                  <NextGuide site={site.id} guide={guide} />
                </Panel>
              </Box>
              <TableOfContents sections={sections} />
            </Group>
          );
        }}
      </QueryState>
    </Page>
  );
}

function GuidePosition({ site, guide }: { readonly site: string; readonly guide: Guide }) {
  const series = listSeries(guide);
  const at = series.indexOf(guide);
  return (
    <>
      <RouterAnchor to="/sites/$site/guides" params={{ site }}>
        All guides
      </RouterAnchor>
      {at >= 0 && ` · Step ${at + 1} of ${series.length}`}
    </>
  );
}

/** Links to the next guide of a series. */
function NextGuide({ site, guide }: { readonly site: string; readonly guide: Guide }) {
  const series = listSeries(guide);
  const at = series.indexOf(guide);
  const next = at < 0 ? undefined : series[at + 1];
  if (!next) return null;
  return (
    <Group justify="flex-end" mt="xl">
      <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: next.slug }} fw={600}>
        <Group gap={4} component="span">
          Next: {next.title} <Icon name="right" size={16} />
        </Group>
      </RouterAnchor>
    </Group>
  );
}

/** Lists the sections on wide screens, and scrolls to the section in the URL. */
function TableOfContents({ sections }: { readonly sections: readonly Section[] }) {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash !== '') document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  return (
    <Stack component="nav" aria-label="On this page" gap={6} w={220} pos="sticky" top={88} visibleFrom="lg" flex="none">
      <Text size="xs" fw={600} c="dimmed">
        On this page
      </Text>
      {sections.map(({ id, title }) => (
        <Anchor key={id} href={`#${id}`} size="sm" c={id === hash ? 'var(--mantine-primary-color-light-color)' : 'dimmed'}>
          {title}
        </Anchor>
      ))}
    </Stack>
  );
}
