import { Grid, Stack } from '@mantine/core';
import { useState } from 'react';
import { Page } from '../../../components/layout/Page.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { FirstEvent } from './FirstEvent.tsx';
import { parseCollectorUrl } from './install-snippet.ts';
import { ServerExample } from './ServerExample.tsx';
import { SetupChecklist } from './SetupChecklist.tsx';
import { SnippetPanel } from './SnippetPanel.tsx';

/** The page to install the pixel and to check the setup. */
export function SiteSetup() {
  const site = useSite();
  const [typed, setTyped] = useState('');
  const checklist = useApiQuery(
    'GET /api/sites/:site/checklist',
    { site: site.id },
    { everyMs: (known) => (known?.firstEventAt === undefined ? 2_000 : 10_000) },
  );
  return (
    <Page title="Setup" description="Add the pixel to your shop and check that events arrive.">
      <FirstEvent site={site.id} checklist={checklist} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <SnippetPanel site={site} typed={typed} onType={setTyped} />
            <ServerExample site={site} collector={parseCollectorUrl(typed)} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <SetupChecklist site={site.id} checklist={checklist} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}
