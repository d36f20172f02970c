import { Grid, Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ApiResponse, SiteSettingsView } from '../../../../api/client.ts';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { DebugPage } from '../../../components/layout/DebugPage.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { getLoadState } from '../../../data/load-state.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { type CollectorAddress, resolveCollectorAddress } from './collector-address.ts';
import { MethodPicker } from './MethodPicker.tsx';
import { PublicUrlForm } from './PublicUrlForm.tsx';
import { SetupChecklist } from './SetupChecklist.tsx';
import { SimulatorPanel } from './SimulatorPanel.tsx';

import { getDefaultMethod, getWayState, type SetupMethodId, setupMethods, type WayInId } from './setup-methods.ts';
import { DataLayerSteps } from './steps/DataLayerSteps.tsx';
import { HookSteps } from './steps/HookSteps.tsx';
import { ImportSteps } from './steps/ImportSteps.tsx';
import { PageTagSteps } from './steps/PageTagSteps.tsx';
import { SegmentSteps } from './steps/SegmentSteps.tsx';
import { ServerSteps } from './steps/ServerSteps.tsx';
import { ServiceSteps } from './steps/ServiceSteps.tsx';
import { ShopifySteps } from './steps/ShopifySteps.tsx';
import { TagManagerSteps } from './steps/TagManagerSteps.tsx';
import { WooCommerceSteps } from './steps/WooCommerceSteps.tsx';
import { WayStatus } from './WayStatus.tsx';

type Checklist = ApiResponse<'GET /api/sites/:site/checklist'>;

/** The page to connect a shop and to check the setup. */
export function SiteSetup() {
  const site = useSite();
  const { method = getDefaultMethod(site) } = useSearch({ from: '/signed-in/shell/sites/$site/' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const ways: readonly WayInId[] = setupMethods.find(({ id }) => id === method)?.ways ?? [];
  const isComplete = (known: Checklist) => ways.every((way) => getWayState(known, way).state === 'receiving');
  const checklist = useApiQuery(
    'GET /api/sites/:site/checklist',
    { site: site.id },
    { everyMs: (known) => (known && isComplete(known) ? 10_000 : 2_000) },
  );
  const status = useApiQuery('GET /api/status', {});
  return (
    <Page title="Setup" description="Connect the shop, and check that its events arrive." actions={<DebugPage />}>
      <MethodPicker
        value={method}
        onChange={(chosen) => void navigate({ to: '.', search: (before) => ({ ...before, method: chosen }), replace: true })}
      />
      {ways.length > 0 && <WayStatus site={site} ways={ways} checklist={getLoadState(checklist, (known) => known)} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <QueryState query={status} height={600}>
            {({ collectorUrl }) => {
              const address = resolveCollectorAddress({ site, collectorUrl, typed, dashboard: location });
              return (
                <Stack gap="lg">
                  {site.pixel.isGuess && <PublicUrlForm site={site} address={address} typed={typed} onType={setTyped} />}
                  {address && (
                    <MethodSteps method={method} site={site} address={address} serverConsent={checklist.data?.serverConsent} />
                  )}
                  <SimulatorPanel site={site} />
                </Stack>
              );
            }}
          </QueryState>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <SetupChecklist site={site.id} checklist={checklist} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

interface MethodStepsOptions {
  readonly method: SetupMethodId;
  readonly site: SiteSettingsView;
  readonly address: CollectorAddress;
  readonly serverConsent: Checklist['serverConsent'] | undefined;
}

function MethodSteps({ method, site, address, serverConsent }: MethodStepsOptions) {
  switch (method) {
    case 'shopify':
      return <ShopifySteps site={site} address={address} serverConsent={serverConsent} />;
    case 'woocommerce':
      return <WooCommerceSteps site={site} address={address} serverConsent={serverConsent} />;
    case 'tag-manager':
      return <TagManagerSteps site={site} address={address} />;
    case 'data-layer':
      return <DataLayerSteps site={site} address={address} />;
    case 'page':
      return <PageTagSteps site={site} address={address} />;
    case 'segment':
      return <SegmentSteps site={site} address={address} />;
    case 'stripe':
    case 'recharge':
      return <HookSteps site={site} address={address} source={method} />;
    case 'hook':
      return <ServiceSteps site={site} address={address} />;
    case 'server':
      return <ServerSteps site={site} address={address} serverConsent={serverConsent} />;
    case 'import':
      return <ImportSteps site={site.id} serverConsent={serverConsent} />;
  }
}
