import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { Marked } from '../../../components/display/InlineCode.tsx';
import { When } from '../../../components/display/Timestamp.tsx';

interface KeptSecretProps {
  readonly id: string;
  /** Absent: it stands in the config file. */
  readonly createdAt: number | undefined;
  /** How it came to be: `Made`, `Entered`. */
  readonly came: string;
  readonly problem?: string | undefined;
  /** Absent: whoever looks may not. */
  readonly onRemove: (() => void) | undefined;
  /** What the button says to whoever hears the page. */
  readonly removeLabel: string;
}

/** A key or a secret as a row: the name that stands for it, since when, and away with it. */
export function KeptSecret({ id, createdAt, came, problem, onRemove, removeLabel }: KeptSecretProps) {
  return (
    <Group justify="space-between" gap="sm">
      <div>
        <Code>{id}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          {createdAt === undefined ? (
            'Of the config file'
          ) : (
            <>
              {came} <When at={createdAt} as="ago" />
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
          <Marked text={problem} />
        </Alert>
      )}
    </Group>
  );
}
