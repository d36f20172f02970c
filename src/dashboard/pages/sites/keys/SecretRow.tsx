import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';

interface SecretRowProps {
  readonly id: string;
  /** Undefined if the secret is defined in the config file. */
  readonly createdAt: number | undefined;
  /** Verb of the creation time: `Created`, `Added`. */
  readonly createdLabel: string;
  readonly problem?: string | undefined;
  /** Undefined if the user may not remove it. */
  readonly onRemove: (() => void) | undefined;
  /** Accessible name of the remove button. */
  readonly removeLabel: string;
}

/** A row with a key or secret: its id, its age and a remove button. */
export function SecretRow({ id, createdAt, createdLabel, problem, onRemove, removeLabel }: SecretRowProps) {
  return (
    <Group justify="space-between" gap="sm">
      <div>
        <Code>{id}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          {createdAt === undefined ? (
            'From the config file'
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
