import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import type { AttemptView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { pluralize } from '../../../components/display/format.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import styles from '../Event.module.css';
import { getAttemptResultLabel } from '../event-labels.ts';
import { PayloadTree } from '../payload/PayloadTree.tsx';
import type { MissingKeys } from '../payload/payload-lines.ts';
import { toCurl } from './to-curl.ts';

const colors: Readonly<Record<AttemptView['result'], string>> = {
  delivered: 'green',
  'awaiting-verdict': 'blue',
  unverified: 'orange',
  peel: 'red',
  split: 'orange',
  retry: 'yellow',
  blocked: 'red',
  unknown: 'yellow',
  replaced: 'gray',
  unanswered: 'blue',
};

type Receipt = NonNullable<AttemptView['receipt']>;

interface DeliveryAttemptProps {
  readonly attempt: AttemptView;
  readonly missing: MissingKeys;
  /** Issues of the mapping and of the response. */
  readonly issues: AttemptView['issues'];
  readonly isOpen: boolean;
  readonly isLast: boolean;
}

/** Shows one request that contained the event, and the response. */
export function DeliveryAttempt({ attempt, missing, issues, isOpen, isLast }: DeliveryAttemptProps) {
  const { startedAt, result, status, events, request, payload, answer, receipt } = attempt;
  const hasPayload = payload !== null && payload !== undefined;
  return (
    <details className={styles.attempt} open={isOpen}>
      <summary>
        <Timestamp at={startedAt} />
        <Badge color={colors[result]}>{getAttemptResultLabel(attempt, isLast)}</Badge>
        <Text span size="sm" c="dimmed">
          {status === undefined ? 'No response' : `HTTP ${status}`}, {pluralize(events, 'event')} in the request
        </Text>
      </summary>
      <div>
        <Stack gap="md">
          {receipt && <ReceiptStatus receipt={receipt} />}
          {request && (
            <Stack gap={4}>
              <Label>Request</Label>
              <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {[
                  `${request.method} ${request.url}`,
                  ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
                ].join('\n')}
              </Code>
            </Stack>
          )}
          <Stack gap={4}>
            <Group justify="space-between" gap="xs">
              <Label>Payload of this event</Label>
              <Group gap={6}>
                {request && <CopyButton label="Copy as curl" text={toCurl(request)} />}
                {hasPayload && <CopyButton label="Copy as JSON" text={JSON.stringify(payload, null, 2)} />}
              </Group>
            </Group>
            <PayloadTree payload={payload} issues={issues} missing={missing} label="Payload" />
            {!hasPayload && (
              <Text size="sm" c="dimmed">
                No longer stored: the event was erased or has expired.
              </Text>
            )}
          </Stack>
          {answer !== undefined && answer !== '' && (
            <Stack gap={4}>
              <Label>Response</Label>
              <Code block mah={280} tabIndex={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', overflowY: 'auto' }}>
                {formatAnswer(answer)}
              </Code>
            </Stack>
          )}
        </Stack>
      </div>
    </details>
  );
}

/** Shows when the platform received a request, and when Convey asks for the verdict. */
function ReceiptStatus({ receipt: { ticket, receivedAt, asks, askAt } }: { readonly receipt: Receipt }) {
  return (
    <Stack gap={4}>
      <Label>Verdict</Label>
      <Text size="sm">
        The platform received the request at <Timestamp at={receivedAt} />.{' '}
        {asks === 0 ? 'Convey has not asked for the verdict yet.' : `Convey asked for the verdict ${pluralize(asks, 'time')}.`}{' '}
        {asks === 0 ? 'It asks' : 'It asks again'} at <Timestamp at={askAt} />.
      </Text>
      {ticket !== '' && (
        <Text size="sm" c="dimmed">
          The platform's name for the request: <Code style={{ overflowWrap: 'anywhere' }}>{ticket}</Code>
        </Text>
      )}
    </Stack>
  );
}

function Label({ children }: { readonly children: string }) {
  return (
    <Text size="xs" fw={600} c="dimmed">
      {children}
    </Text>
  );
}

function formatAnswer(answer: string): string {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2);
  } catch {
    return answer;
  }
}
