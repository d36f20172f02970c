import { Box, Group, Stack, Text } from '@mantine/core';
import type { TimelineView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { OutcomeBadge } from '../../../components/display/OutcomeBadge.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { IssueText } from '../payload/IssueText.tsx';
import { DeliveryAttempt } from './DeliveryAttempt.tsx';
import { ReplayEvent } from './ReplayEvent.tsx';
import { TimelineStep } from './TimelineStep.tsx';
import { UploadStatus } from './UploadStatus.tsx';

interface DeliveryStepProps {
  readonly site: string;
  /** Display name of the connection. */
  readonly name: string;
  /** Undefined if the event was erased, so that it cannot be sent again. */
  readonly eventId: string | undefined;
  readonly delivery: TimelineView['connections'][number];
  /** Whether the request of a delivered event is closed, because there are those of other connections. */
  readonly isOneOfSeveral: boolean;
}

/** Shows the outcome of the event on one connection, and all requests that contained it. */
export function DeliveryStep({ site, name, eventId, delivery, isOneOfSeveral }: DeliveryStepProps) {
  const { outcome, says, waitsUntil, issues, rules, attempts, uploads, missing } = delivery;
  const tone = outcome === 'delivered' ? 'good' : outcome === 'dead' ? 'bad' : undefined;
  const last = attempts.at(-1);
  // A rule that skipped the event did what the operator wanted, which is no warning.
  const isByRule = ({ code }: (typeof issues)[number]) => code === 'skipped-by-rule';
  const problems = issues.filter((issue) => !isByRule(issue));
  const effects = (rules?.effects ?? []).filter(({ did }) => did !== 'skip');
  const worked = [...effects, ...issues.filter(isByRule)].map(({ message }) => message);
  const hasPayload = last !== undefined && last.payload !== null && last.payload !== undefined;
  return (
    <TimelineStep
      icon="send"
      tone={tone}
      title={name}
      aside={eventId !== undefined && <ReplayEvent site={site} eventId={eventId} delivery={delivery} />}
    >
      <Stack gap="sm">
        <Group gap="xs" align="flex-start" wrap="nowrap">
          <Box flex="none">
            <OutcomeBadge outcome={outcome} />
          </Box>
          <Text size="sm">
            <InlineCode text={says} />
            {waitsUntil !== undefined && (
              <>
                {' '}
                {attempts.length === 0 ? 'Until' : 'Next attempt:'} <Timestamp at={waitsUntil} />.
              </>
            )}
          </Text>
        </Group>
        {worked.map((message) => (
          <Text key={message} size="sm" style={{ overflowWrap: 'anywhere' }}>
            <InlineCode text={message} />
          </Text>
        ))}
        {!hasPayload &&
          problems.map((issue) => <IssueText key={`${issue.field} ${issue.code} ${issue.message}`} issue={issue} />)}
        {attempts.map((attempt) => (
          <DeliveryAttempt
            key={attempt.id}
            attempt={attempt}
            missing={attempt === last ? missing : []}
            issues={attempt === last ? distinct([...attempt.issues, ...problems]) : attempt.issues}
            isLast={attempt === last}
            isOpen={attempt === last && !(isOneOfSeveral && outcome === 'delivered')}
          />
        ))}
        {uploads.map((upload) => (
          <UploadStatus key={`${upload.goal} ${upload.says} ${upload.triedAt}`} upload={upload} />
        ))}
      </Stack>
    </TimelineStep>
  );
}

/** Removes duplicates: the platform's issues are stored with the outcome and with the attempt. */
function distinct(issues: TimelineView['connections'][number]['issues']): typeof issues {
  return [...new Map(issues.map((issue) => [JSON.stringify([issue.field, issue.code, issue.message]), issue])).values()];
}
