import { Alert, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, type DiagnosisView } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useIsOwner } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { AdviceList } from './AdviceList.tsx';
import { ConsentBreakdown } from './ConsentBreakdown.tsx';
import { ConsentSources } from './ConsentSources.tsx';
import { PageUrlForm } from './PageUrlForm.tsx';

/** Why few events of browsers are sent. */
export function ConsentDoctor() {
  const { id, domains } = useSite();
  const isOwner = useIsOwner();
  const [page, setPage] = useState('');
  const diagnosis = useQuery<DiagnosisView, Error>({
    queryKey: ['POST /api/sites/:site/doctor', id, page],
    queryFn: () => callApi('POST /api/sites/:site/doctor', { site: id }, page === '' ? {} : { page }),
    enabled: isOwner,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const refusal = page !== '' && diagnosis.error instanceof ApiError ? diagnosis.error : undefined;
  return (
    <Page
      title="Consent doctor"
      description={
        <>
          What shoppers choose reaches Convey by your banner. The doctor looks at what browsers said, and at a page if you name
          one. See{' '}
          <RouterAnchor to="/sites/$site/guides/$guide" params={{ site: id, guide: 'consent' }}>
            how it works
          </RouterAnchor>
          .
        </>
      }
    >
      {isOwner ? (
        <>
          <PageUrlForm
            domain={domains[0]}
            error={refusal}
            isRunning={diagnosis.isFetching}
            onRun={(given) => (given === page ? void diagnosis.refetch() : setPage(given))}
          />
          {diagnosis.error && !refusal && diagnosis.data && <ErrorAlert error={diagnosis.error} />}
          {refusal && !diagnosis.data ? null : (
            <QueryState query={diagnosis} height={420}>
              {(found) => <Diagnosis found={found} site={id} />}
            </QueryState>
          )}
        </>
      ) : (
        <Alert color="gray" variant="light" icon={<Icon name="lock" />} title="Only an owner can ask the doctor">
          The doctor may fetch a page of the shop, so a viewer cannot ask it. What each event said of consent stands beside it in
          the{' '}
          <RouterAnchor to="/sites/$site/events" params={{ site: id }} inherit>
            list of events
          </RouterAnchor>
          .
        </Alert>
      )}
    </Page>
  );
}

function Diagnosis({ found, site }: { readonly found: DiagnosisView; readonly site: string }) {
  return (
    <Stack gap="lg">
      <ConsentBreakdown found={found} />
      <AdviceList advice={found.advice} page={found.page} />
      {found.sources.length > 0 && <ConsentSources sources={found.sources} />}
      <Text size="sm" c="dimmed">
        Many banners are known:{' '}
        <RouterAnchor
          to="/sites/$site/guides/$guide"
          params={{ site, guide: 'consent' }}
          hash="lines-for-well-known-platforms"
          inherit
        >
          lines for well-known platforms
        </RouterAnchor>
        .
      </Text>
    </Stack>
  );
}
