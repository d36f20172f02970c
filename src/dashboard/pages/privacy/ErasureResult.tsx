import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { describeUnfinished, type ErasureReport } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { joinCounts, type Recipient } from './person-request.ts';
import { RecipientList } from './RecipientList.tsx';

interface ErasureResultProps {
  readonly report: ErasureReport;
  readonly received: readonly Recipient[];
  readonly isRunning: boolean;
  readonly onRepeat: () => void;
}

/** Shows what an erasure removed, what is left, and which platforms keep copies. */
export function ErasureResult({ report, received, isRunning, onRepeat }: ErasureResultProps) {
  const rest = describeUnfinished(report);
  const counts = joinCounts(report);
  // The dialog has closed, and the button that opened it is gone.
  const result = useRef<HTMLDivElement>(null);
  useEffect(() => result.current?.focus(), []);
  return (
    <Panel title="Erasure">
      <Stack gap="lg">
        <Alert
          ref={result}
          tabIndex={-1}
          role="status"
          color={rest === undefined ? 'green' : 'yellow'}
          icon={<Icon name={rest === undefined ? 'check' : 'warn'} />}
          title={rest === undefined ? 'Erased' : 'Not finished'}
        >
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{counts === '' ? 'Nothing more was stored about this person.' : `Removed ${counts}.`}</Text>
            {rest !== undefined && (
              <Text size="sm">
                <InlineCode text={rest} />
              </Text>
            )}
            {rest !== undefined && !report.awaitsRewrite && (
              <Group>
                <Button size="xs" variant="default" disabled={isRunning} onClick={onRepeat}>
                  Repeat the erasure
                </Button>
              </Group>
            )}
          </Stack>
        </Alert>
        <RecipientList received={received} isFinal />
      </Stack>
    </Panel>
  );
}
