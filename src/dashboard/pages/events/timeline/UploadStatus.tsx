import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import type { UploadView } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';

const labels: Readonly<Record<UploadView['state'], string>> = {
  waiting: 'Refund waits',
  uploaded: 'Refund sent',
  attributed: 'Refund counted',
  refused: 'Refund refused',
  dead: 'Refund not sent',
};

const colors: Readonly<Record<UploadView['state'], string>> = {
  waiting: 'blue',
  uploaded: 'green',
  attributed: 'green',
  refused: 'red',
  dead: 'gray',
};

/** Shows a refund that is sent with the access to the connected account, and the platform's answer. */
export function UploadStatus({ upload }: { readonly upload: UploadView }) {
  const { state, says, dueAt, tries, triedAt, code, trackingId } = upload;
  return (
    <Stack gap={4}>
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <Badge color={colors[state]} flex="none">
          {labels[state]}
        </Badge>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <InlineCode text={says} />
          {dueAt !== undefined && (
            <>
              {' '}
              {tries === 0 ? 'From' : 'Due since'} <Timestamp at={dueAt} />.
            </>
          )}
        </Text>
      </Group>
      {tries > 0 && triedAt !== undefined && (
        <Text size="sm" c="dimmed">
          Sent {pluralize(tries, 'time')}, last at <Timestamp at={triedAt} />
          {code !== undefined && (
            <>
              . Answer: <Code>{code}</Code>
            </>
          )}
          {trackingId !== undefined && (
            <>
              . Tracking ID: <Code style={{ overflowWrap: 'anywhere' }}>{trackingId}</Code>
            </>
          )}
        </Text>
      )}
    </Stack>
  );
}
