import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';

interface SecretRowProps {
  readonly id: string;
  /** Absent: it stands in the config file. */
  readonly createdAt: number | undefined;
  /** How it createdLabel to be: `Made`, `Entered`. */
  readonly createdLabel: string;
  readonly problem?: string | undefined;
  /** Absent: whoever looks may not. */
  readonly onRemove: (() => void) | undefined;
  /** What the button says to whoever hears the page. */
  readonly removeLabel: string;
}

/** A key or a secret as a row: the name that stands for it, since when, and away with it. */
export function SecretRow({ id, createdAt, createdLabel, problem, onRemove, removeLabel }: SecretRowProps) {
  return (
    <Group justify="space-between" gap="sm">
      <div>
        <Code>{id}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          {createdAt === undefined ? (
            'Of the config file'
          ) : (
            <>
              {createdLabel} <Timestamp at={createdAt} as="ago" />
            </>
          )}
        </Text>
      </div>
      {onRemove && (
        <Button size="xs" variant="default" onClick={onRemove} aria-label={removeLabel}>
          Remove
        </Button>
      )}
      {problem !== undefined && (
        <Alert color="red" icon={<Icon name="warn" />} w="100%">
          <InlineCode text={problem} />
        </Alert>
      )}
    </Group>
  );
}
