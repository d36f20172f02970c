import { Alert, Stack } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { OriginBadge } from '../../../components/display/OriginBadge.tsx';
import { ConfigFileNotice, LockedNotice } from '../../../components/feedback/LockedNotice.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { useApiQuery, useHasRole } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { HooksPanel } from '../hooks/HooksPanel.tsx';
import { DistrustedKeys } from '../keys/DistrustedKeys.tsx';
import { SecretKeys } from '../keys/SecretKeys.tsx';
import { SegmentKeys } from '../keys/SegmentKeys.tsx';
import { Webhooks } from '../keys/Webhooks.tsx';
import { WriteKey } from '../keys/WriteKey.tsx';
import { ConsentNotice } from './ConsentNotice.tsx';
import { RemoveSite } from './RemoveSite.tsx';
import { SiteSettingsForm } from './SiteSettingsForm.tsx';

export function SiteSettings() {
  const site = useSite();
  const query = useApiQuery('GET /api/destinations', {});
  const isEditor = useHasRole('editor');
  const isFileMade = site.origin === 'file';
  const mayChange = isEditor && !isFileMade;
  return (
    <Page title="Site settings" description={site.id} actions={<OriginBadge origin={site.origin} />}>
      {site.problem !== undefined && (
        <Alert color="red" icon={<Icon name="warn" />} title="Action needed">
          <InlineCode text={site.problem} />
        </Alert>
      )}
      <DistrustedKeys site={site} />
      <ConsentNotice site={site} mayChange={mayChange} />
      {isFileMade && (
        <ConfigFileNotice subject="this site" entry="its entry under `sites`">
          You can still add connections here.
        </ConfigFileNotice>
      )}
      {!isFileMade && !isEditor && (
        <LockedNotice title="You are a viewer of this site">Only editors and owners can change these settings.</LockedNotice>
      )}
      <QueryState query={query} height={1_600}>
        {(destinations) => (
          <Stack gap="lg">
            <SiteSettingsForm key={site.id} site={site} mayChange={mayChange} destinations={destinations} />
            <WriteKey site={site} mayChange={mayChange} />
            <SecretKeys site={site} mayChange={mayChange} />
            <SegmentKeys site={site} mayChange={mayChange} />
            <Webhooks site={site} mayChange={mayChange} />
            <HooksPanel site={site} mayChange={mayChange} />
            {!isFileMade && <RemoveSite site={site} />}
          </Stack>
        )}
      </QueryState>
    </Page>
  );
}
