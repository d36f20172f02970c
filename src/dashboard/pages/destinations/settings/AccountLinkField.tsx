import { Button, Group, Input, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import type { DestinationView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { FormError } from '../../../components/forms/FormError.tsx';
import { useHasRole } from '../../../data/queries.ts';
import { RedirectAddress } from '../account/RedirectAddress.tsx';
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
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isResult) field.current?.scrollIntoView({ block: 'center' });
  }, [isResult]);
  return (
    <Input.Wrapper ref={field} label={label} labelElement="div" description={description} error={error}>
      <Stack gap="sm" mt={8} mb={error === undefined ? 0 : 4}>
        <Text size="sm">{texts.description}</Text>
        <RedirectAddress help="Enter it at the platform, among the addresses to which the OAuth client may redirect." />
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
        <FormError error={start.error} fields={[...texts.needs, ...texts.provides].map((name) => `settings.${name}`)} />
      </Stack>
    </Input.Wrapper>
  );
}
