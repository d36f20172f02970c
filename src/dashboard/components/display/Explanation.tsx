import { Text } from '@mantine/core';
import { InlineCode } from './InlineCode.tsx';

/** A finding and its remedy. */
export function Explanation({ says, remedy }: { readonly says: string; readonly remedy: string }) {
  return (
    <>
      <Text size="sm">
        <InlineCode text={says} />
      </Text>
      <Text size="sm" c="dimmed">
        <InlineCode text={remedy} />
      </Text>
    </>
  );
}
