import { Alert } from '@mantine/core';
import { Icon } from '../display/Icon.tsx';
import { InlineCode } from '../display/InlineCode.tsx';

interface PlatformFailureProps {
  readonly title: string;
  readonly message: string;
  readonly code: string;
  /** The id that the platform's support asks for. */
  readonly trackingId?: string | undefined;
}

/** Shows why a platform's account gave no result. */
export function PlatformFailure({ title, message, code, trackingId }: PlatformFailureProps) {
  const support = trackingId === undefined ? '' : `, tracking id \`${trackingId}\``;
  return (
    <Alert color="orange" icon={<Icon name="warn" />} title={title}>
      <InlineCode text={`${message} (\`${code}\`${support})`} />
    </Alert>
  );
}
