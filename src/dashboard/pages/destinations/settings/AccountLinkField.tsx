import { Button, Code, Group, Input, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { type DestinationView, redirectPath } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Icon } from '../../../components/display/Icon.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { areAllShown, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { useHasRole } from '../../../data/queries.ts';
import type { SecretState } from './setting-fields.ts';
import type { AccountLinkStart } from './use-account-link.ts';

interface AccountLinkFieldProps {
  readonly label: string;
  readonly texts: NonNullable<DestinationView['accountLink']>;
  readonly description: ReactNode;
  readonly error: ReactNode;
  readonly state: SecretState;
  /** Whether the operator has just come back from the platform. */
  readonly isResult: boolean;
  readonly start: AccountLinkStart;
}

const states = {
  none: 'Not connected.',
  stored: 'Connected.',
  connected: 'Connected. Save to keep the access.',
};

/** A secret setting that the platform provides after an operator granted access. */
export function AccountLinkField({ label, texts, description, error, state, isResult, start }: AccountLinkFieldProps) {
  const isEditor = useHasRole('editor');
  const redirectUrl = `${window.location.origin}${redirectPath}`;
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isResult) field.current?.scrollIntoView({ block: 'center' });
  }, [isResult]);
  const shownFields = [...texts.needs, ...texts.provides].map((name) => `settings.${name}`);
  return (
    <Input.Wrapper ref={field} label={label} labelElement="div" description={description} error={error}>
      <Stack gap="sm" mt={8} mb={error === undefined ? 0 : 4}>
        <Text size="sm">{texts.description}</Text>
        <div>
          <Text size="sm" fw={600}>
            Redirect address
          </Text>
          <Text size="xs" c="dimmed">
            Enter it at the platform, among the addresses to which the OAuth client may redirect.
          </Text>
          <Group gap="xs" mt={4}>
            <Code style={{ overflowWrap: 'anywhere' }}>{redirectUrl}</Code>
            <CopyButton text={redirectUrl} />
          </Group>
        </div>
        <Group gap="sm">
          <Button variant="default" loading={start.isRunning} disabled={!isEditor} onClick={start.run}>
            {state === 'none' ? texts.label : `${texts.label} again`}
          </Button>
          <Group gap={6} role="status">
            {state !== 'none' && <Icon name="check" size={16} />}
            <Text size="sm" fw={state === 'connected' ? 600 : 400}>
              {states[state]}
            </Text>
          </Group>
        </Group>
        {start.error && !areAllShown(getFieldIssues(start.error), shownFields) && <ErrorAlert error={start.error} />}
      </Stack>
    </Input.Wrapper>
  );
}
