import { Group, Stack, Table, Text } from '@mantine/core';
import type { ReportedIssueDetails } from '../../../api/client.ts';
import { formatAmountList, formatInteger } from '../../components/display/format.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { isMissing, NotFound } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { IssueAction } from '../../components/layout/IssueAction.tsx';
import { IssueHead } from '../../components/layout/IssueRows.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { IssueDecisions } from './IssueDecisions.tsx';

/** One issue with its explanation, its history and the messages about it. */
export function IssueDetails({ id }: { readonly id: string }) {
  const query = useApiQuery('GET /api/issues/:issue', { issue: id }, { everyMs: 15_000 });
  if (isMissing(query.error)) return <NotFound message="This issue does not exist. Ended issues are kept for 400 days." />;
  return (
    <Page
      title={query.data?.title ?? 'Issue'}
      description={
        <RouterAnchor to="/issues" search={{}}>
          All issues
        </RouterAnchor>
      }
    >
      <QueryState query={query}>{(issue) => <Details issue={issue} />}</QueryState>
    </Page>
  );
}

function Details({ issue }: { readonly issue: ReportedIssueDetails }) {
  const { sentence, detail, remedy, runbook, figures, events, money, losesAt, history, messages, state } = issue;
  const amounts = formatAmountList(money);
  return (
    <Stack gap="lg">
      <Panel title={sentence}>
        <Stack gap="sm">
          <IssueHead issue={issue} hasSites isLinked={false} />
          {detail !== undefined && detail !== sentence && (
            <Text size="sm">
              <InlineCode text={detail} />
            </Text>
          )}
          {remedy !== undefined && (
            <Text size="sm">
              <InlineCode text={remedy} />
            </Text>
          )}
          <Text size="sm" c="dimmed">
            {[
              ...figures.map(({ label, value }) => `${label}: ${value}`),
              ...(events === 0 ? [] : [`Events that wait or are lost: ${formatInteger(events)}`]),
              ...(amounts === '' ? [] : [`Their purchases: ${amounts}`]),
            ].join(' · ')}
          </Text>
          {losesAt !== undefined && state !== 'resolved' && (
            <Text size="sm" c="dimmed">
              The first are lost at <Timestamp at={losesAt} />
            </Text>
          )}
          <Group gap="md">
            <IssueAction issue={issue} isMain />
            {runbook !== undefined && (
              <RouterAnchor to="/runbooks" hash={runbook.split('#')[1] ?? ''} size="sm">
                All steps
              </RouterAnchor>
            )}
          </Group>
          {state !== 'resolved' && <IssueDecisions issue={issue} />}
        </Stack>
      </Panel>
      <Panel title="History">
        <Table.ScrollContainer
          minWidth={280}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'History table' } }}
        >
          <Table>
            <Table.Tbody>
              {history.toReversed().map((one) => (
                <Table.Tr key={`${one.at} ${one.change}`}>
                  <Table.Td w={180}>
                    <Timestamp at={one.at} />
                  </Table.Td>
                  <Table.Td>{describeChange(one)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
      {messages.length > 0 && (
        <Panel title="Messages" description="The messages of alerts about this issue.">
          <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
            {messages.map(({ at, channel, title, state: result }) => (
              <Text key={`${at} ${channel} ${title}`} component="li" size="sm" py={4} style={{ overflowWrap: 'anywhere' }}>
                <Timestamp at={at} />, {channel}: {title} ({result})
              </Text>
            ))}
          </Stack>
        </Panel>
      )}
    </Stack>
  );
}

function describeChange({ change, by, to, until }: ReportedIssueDetails['history'][number]) {
  const gatewayChanges = { began: 'Began', returned: 'Returned', worsened: 'Worsened, so it is open again', ended: 'Ended' };
  if (change === 'began' || change === 'returned' || change === 'worsened' || change === 'ended') return gatewayChanges[change];
  const who = by ?? 'the command line';
  if (change === 'assigned') return to === undefined ? `Assigned to nobody by ${who}` : `Assigned to ${to} by ${who}`;
  if (change === 'snoozed')
    return (
      <>
        Snoozed{' '}
        {until !== undefined && (
          <>
            until <Timestamp at={until} />
          </>
        )}{' '}
        by {who}
      </>
    );
  return `${change === 'opened' ? 'Opened' : 'Acknowledged'} by ${who}`;
}
