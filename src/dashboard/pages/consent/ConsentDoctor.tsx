import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, type DiagnosisView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { LockedNotice } from '../../components/feedback/LockedNotice.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useHasRole } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { AdviceList } from './AdviceList.tsx';
import { ConsentBreakdown } from './ConsentBreakdown.tsx';
import { ConsentSources } from './ConsentSources.tsx';
import { PageUrlForm } from './PageUrlForm.tsx';

/** Shows why few browser events may be sent. */
export function ConsentDoctor() {
  const { id, domains } = useSite();
  const isEditor = useHasRole('editor');
  const [page, setPage] = useState('');
  const diagnosis = useQuery<DiagnosisView, Error>({
    queryKey: ['POST /api/sites/:site/doctor', id, page],
    queryFn: () => callApi('POST /api/sites/:site/doctor', { site: id }, page === '' ? {} : { page }),
    enabled: isEditor,
    staleTime: 60_000,
    retry: false,
  });
  const pageError = page !== '' && diagnosis.error instanceof ApiError ? diagnosis.error : undefined;
  return (
    <Stack component="section" gap="lg" aria-label="Consent doctor">
      <div>
        <Title order={2}>Consent doctor</Title>
        <Text c="dimmed" size="sm" mt={2} maw="75ch">
          Checks whether your consent banner passes the shopper's choice to Convey: in the newest events, and in one of your pages
          if you enter it. The range does not apply. See{' '}
          <RouterAnchor to="/sites/$site/guides/$guide" params={{ site: id, guide: 'consent' }}>
            how it works
          </RouterAnchor>
          .
        </Text>
      </div>
      {isEditor ? (
        <>
          <PageUrlForm
            domain={domains[0]}
            error={pageError}
            isRunning={diagnosis.isFetching}
            onRun={(newPage) => (newPage === page ? void diagnosis.refetch() : setPage(newPage))}
          />
          {diagnosis.error && !pageError && diagnosis.data && <ErrorAlert error={diagnosis.error} />}
          {pageError && !diagnosis.data ? null : (
            <QueryState query={diagnosis} height={420}>
              {(found) => <Diagnosis found={found} site={id} />}
            </QueryState>
          )}
        </>
      ) : (
        <LockedNotice title="Only editors and owners can run the doctor">
          The doctor can fetch a page of the shop. As a viewer, you can see the consent of each event in{' '}
          <RouterAnchor to="/sites/$site/events" params={{ site: id }} inherit>
            Events
          </RouterAnchor>
          .
        </LockedNotice>
      )}
    </Stack>
  );
}

function Diagnosis({ found, site }: { readonly found: DiagnosisView; readonly site: string }) {
  return (
    <Stack gap="lg">
      <ConsentBreakdown found={found} />
      <AdviceList advice={found.advice} page={found.page} />
      {found.sources.length > 0 && <ConsentSources sources={found.sources} />}
      <Text size="sm" c="dimmed">
        Using a common consent banner? Name it in the settings of the site: see{' '}
        <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'consent' }} hash="consent-tools" inherit>
          the consent tools that the pixel reads
        </RouterAnchor>
        .
      </Text>
    </Stack>
  );
}
