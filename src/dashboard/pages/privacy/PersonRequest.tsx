import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ApiError, type ErasureReport, type ExportView } from '../../../api/client.ts';
import { formatInteger } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../data/queries.ts';
import { ErasureResult } from './ErasureResult.tsx';
import { isKeyError, PersonForm, type PersonInput } from './PersonForm.tsx';
import { PersonPreview } from './PersonPreview.tsx';
import { mergeRecipients, type Recipient } from './person-request.ts';
import { RecipientList } from './RecipientList.tsx';

/** While nothing runs, another gateway or terminal may have begun or ended an erasure. */
const idleRefreshMs = 60_000;
const progressRefreshMs = 1_000;

/** Finds one person, shows what is stored, and exports or erases it. The entered value is only in memory and in the bodies of requests. */
export function PersonRequest({ site }: { readonly site: string }) {
  const [person, setPerson] = useState<PersonInput>({ key: 'email', value: '' });
  const [received, setReceived] = useState<readonly Recipient[]>([]);
  const keepRecipients = (report: ErasureReport) => setReceived((earlier) => mergeRecipients(earlier, report.received));
  const body = { [person.key]: person.value.trim() };

  const preview = useApiMutation<void, ErasureReport>(
    () => callApi('POST /api/sites/:site/erase', { site }, { ...body, dryRun: true }),
    { refreshes: ['GET /api/sites/:site/erase'], onDone: keepRecipients },
  );
  const erasure = useApiMutation<void, ErasureReport>(() => callApi('POST /api/sites/:site/erase', { site }, body), {
    onDone: keepRecipients,
  });
  const file = useApiMutation<void, ExportView>(() => callApi('POST /api/sites/:site/export', { site }, body), {
    refreshes: ['GET /api/sites/:site/exports'],
  });
  const isRunning = preview.isPending || erasure.isPending || file.isPending;
  const progress = useApiQuery(
    'GET /api/sites/:site/erase',
    { site },
    { everyMs: isRunning ? progressRefreshMs : idleRefreshMs },
  );

  const reset = () => {
    preview.reset();
    erasure.reset();
    file.reset();
  };
  const find = () => {
    reset();
    preview.mutate();
  };
  const isLost = erasure.error instanceof ApiError && erasure.error.code === 'unreachable';
  return (
    <Stack gap="lg">
      {progress.data?.unfinished && !isRunning && preview.data === undefined && (
        <Alert color="yellow" icon={<Icon name="warn" />} title="An erasure of this site has not ended">
          It runs elsewhere, or it left data: it was interrupted, an export file could not be removed, or events may wait in a
          spool. If it does not run, find the same person again and erase: this removes the rest.
        </Alert>
      )}
      <PersonForm
        person={person}
        onChange={(changed) => {
          reset();
          setReceived([]);
          setPerson(changed);
        }}
        error={preview.error}
        isPending={preview.isPending}
        isRunning={isRunning}
        onFind={find}
      />
      {preview.error && !isKeyError(preview.error) && <ErrorAlert error={preview.error} onRetry={find} />}
      {isRunning && (
        <Text size="sm" c="dimmed" role="status">
          {erasure.isPending ? 'Erasing. ' : 'Searching. '}
          {typeof progress.data?.looked === 'number' &&
            `${formatInteger(progress.data.looked)} records and requests searched so far.`}
        </Text>
      )}
      {erasure.error &&
        (isLost ? (
          <Alert color="yellow" icon={<Icon name="warn" />} title="No answer arrived" role="alert">
            <Stack gap="sm" align="flex-start">
              <Text size="sm">
                The erasure may have run, in part or whole. Keep the list of platforms below, then search again: if anything is
                left, erase it.
              </Text>
              <Button size="xs" variant="default" onClick={find}>
                Search again
              </Button>
            </Stack>
          </Alert>
        ) : (
          <ErrorAlert error={erasure.error} onRetry={() => erasure.mutate()} />
        ))}
      {!erasure.data && !preview.data && received.length > 0 && (
        <Panel>
          <RecipientList received={received} isFinal />
        </Panel>
      )}
      {erasure.data ? (
        <ErasureResult report={erasure.data} received={received} onRepeat={() => erasure.mutate()} isRunning={isRunning} />
      ) : (
        preview.data && (
          <PersonPreview
            site={site}
            report={preview.data}
            received={received}
            file={file}
            isRunning={isRunning}
            onErase={() => erasure.mutate()}
          />
        )
      )}
      {erasure.data && !erasure.data.unfinished && (
        <Group>
          <Button
            variant="default"
            onClick={() => {
              reset();
              setReceived([]);
              setPerson({ key: person.key, value: '' });
            }}
          >
            Find another person
          </Button>
        </Group>
      )}
    </Stack>
  );
}
