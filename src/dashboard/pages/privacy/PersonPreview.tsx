import { Alert, Button, Stack, Text } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { describeUnfinished, type ErasureReport, type ExportView, listErasureCounts, nothingFound } from '../../../api/client.ts';
import { formatInteger } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { StatList } from '../../components/display/StatList.tsx';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { buildExportLink } from './export-link.ts';
import { joinCounts, type Recipient } from './person-request.ts';
import { RecipientList } from './RecipientList.tsx';

interface PersonPreviewProps {
  readonly site: string;
  readonly report: ErasureReport;
  readonly received: readonly Recipient[];
  readonly file: UseMutationResult<ExportView, Error, void>;
  readonly isRunning: boolean;
  readonly onErase: () => void;
}

/** Shows what an export would contain and an erasure would remove, and asks before the erasure. */
export function PersonPreview({ site, report, received, file, isRunning, onErase }: PersonPreviewProps) {
  const [isAsking, setIsAsking] = useState(false);
  const files = useApiQuery('GET /api/sites/:site/exports', { site });
  // The list below can remove the file.
  const exported = files.data?.find(({ id }) => id === file.data?.id);
  const stored = exported ? { ...report, exports: report.exports + 1 } : report;
  const rest = describeUnfinished(report);
  const eraseLabel = report.found ? 'Erase' : 'Finish the erasure';
  return (
    <Panel
      title="Stored data"
      actions={
        <>
          {report.found && !exported && (
            <Button size="xs" variant="default" loading={file.isPending} disabled={isRunning} onClick={() => file.mutate()}>
              Export to a file
            </Button>
          )}
          {(report.found || rest !== undefined) && (
            <Button size="xs" color="red" variant="light" disabled={isRunning} onClick={() => setIsAsking(true)}>
              {eraseLabel}
            </Button>
          )}
        </>
      }
    >
      <Stack gap="lg">
        {rest !== undefined && (
          <Alert color="yellow" icon={<Icon name="warn" />} title="An earlier erasure has not ended">
            {rest}
          </Alert>
        )}
        {file.error && <ErrorAlert error={file.error} onRetry={() => file.mutate()} />}
        {exported && (
          <Alert color="green" icon={<Icon name="check" />} title="Export ready" role="status">
            <Stack gap="sm" align="flex-start">
              <Text size="sm">
                Read the file before you hand it over: it may contain others who share a browser or a phone number with the
                person.
              </Text>
              <Button component="a" size="xs" variant="default" {...buildExportLink(site, exported.id)}>
                Download the export
              </Button>
            </Stack>
          </Alert>
        )}
        <div role="status">
          {report.found ? (
            <StatList
              cols={{ base: 2, sm: 4 }}
              stats={listErasureCounts(stored).map(([label, count]) => ({
                label: label.charAt(0).toUpperCase() + label.slice(1),
                value: formatInteger(count),
              }))}
            />
          ) : (
            <EmptyState icon="search" title="Not found">
              {nothingFound}
            </EmptyState>
          )}
        </div>
        {(report.found || received.length > 0) && <RecipientList received={received} />}
      </Stack>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={report.found ? 'Erase this person?' : 'Finish the earlier erasure?'}
        label={eraseLabel}
        confirmationText="erase"
        isDestructive
        onConfirm={() => {
          setIsAsking(false);
          onErase();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            {report.found ? `This removes ${joinCounts(stored) || 'what is stored'}. It cannot be undone.` : rest}
          </Text>
          <Text size="sm">
            Backups and the platforms keep what they have. Waiting events are not sent.
            {exported && ' The export is deleted too: download it first.'}
          </Text>
        </Stack>
      </ConfirmDialog>
    </Panel>
  );
}
