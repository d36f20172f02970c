import { Alert, Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { RetryView } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { LoadingState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { ScrollTable } from '../../../components/layout/ScrollTable.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useRange } from '../../../data/use-range.ts';
import { useSite } from '../../../data/use-site.ts';
import { type EventSearch, toApiFilters } from '../filters/event-search.ts';

/** Retries the failed events that match the filters, after a dialog with their number. */
export function RetryEvents({ search }: { readonly search: EventSearch }) {
  const { id: site } = useSite();
  const range = useRange();
  const [isOpen, dialog] = useDisclosure(false);
  const ask = (dryRun: boolean) =>
    callApi('POST /api/sites/:site/events/retry', { site, ...toApiFilters(search, range) }, { dryRun });
  const counting = useApiMutation(() => ask(true), { refreshes: [] });
  const retrying = useApiMutation(() => ask(false));
  const open = () => {
    retrying.reset();
    counting.mutate(undefined);
    dialog.open();
  };
  return (
    <>
      <RoleOnly needs="editor">
        {(isPermitted) => (
          <Button
            size="xs"
            variant="default"
            disabled={!isPermitted}
            leftSection={<Icon name="again" size={14} />}
            onClick={open}
          >
            Retry these
          </Button>
        )}
      </RoleOnly>
      <Modal opened={isOpen} onClose={dialog.close} title="Retry the failed events of this list?" size="lg">
        <Stack>
          {retrying.data ? (
            <Alert variant="light" color={retrying.data.events > 0 ? 'jade' : 'yellow'} role="status">
              <InlineCode text={retrying.data.says} />
            </Alert>
          ) : counting.error ? (
            <ErrorAlert error={counting.error} onRetry={() => counting.mutate(undefined)} />
          ) : counting.data ? (
            <RetryCounts result={counting.data} />
          ) : (
            <LoadingState height={96} />
          )}
          {retrying.error && <ErrorAlert error={retrying.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>
              {retrying.data ? 'Close' : 'Cancel'}
            </Button>
            {!retrying.data && (
              <Button
                disabled={!counting.data || counting.isPending || counting.data.events === 0}
                loading={retrying.isPending}
                onClick={() => retrying.mutate(undefined)}
              >
                {counting.data && counting.data.events > 0 ? `Retry ${pluralize(counting.data.events, 'event')}` : 'Retry'}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function RetryCounts({ result: { connections, says, isComplete } }: { readonly result: RetryView }) {
  const names = useConnectionNames();
  if (connections.length === 0)
    return <Text size="sm">No failed event matches the filters. Other events are not sent again.</Text>;
  return (
    <>
      <Text size="sm">
        Only failed events are sent again, to the platform where they failed, under the same ID. <InlineCode text={says} />
      </Text>
      <ScrollTable label="Failed events by platform" minWidth={280}>
        <Table horizontalSpacing={4} fz={{ base: 'xs', sm: 'sm' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Platform</Table.Th>
              <Table.Th ta="right">Failed</Table.Th>
              <Table.Th ta="right">Will be sent</Table.Th>
              <Table.Th ta="right">Too old</Table.Th>
              <Table.Th ta="right">Data removed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {connections.map(({ connection, failed, events, tooOld, gone }) => (
              <Table.Tr key={connection}>
                <Table.Td>{names[connection] ?? connection}</Table.Td>
                {[failed, events, tooOld, gone].map((count, nth) => (
                  <Table.Td key={nth} ta="right">
                    {formatInteger(count)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      {!isComplete && (
        <Text size="sm" c="dimmed">
          One request sends at most {formatInteger(10_000)} events of a platform.
        </Text>
      )}
    </>
  );
}
