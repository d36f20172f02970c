import { Alert, Button } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import type { SettingsTest } from './use-settings-test.ts';

export function TestSettingsButton({ label, test }: { readonly label: string; readonly test: SettingsTest }) {
  return (
    <OwnerOnly>
      {(isOwner) => (
        <Button variant="default" loading={test.isRunning} disabled={!isOwner} onClick={test.run}>
          {label}
        </Button>
      )}
    </OwnerOnly>
  );
}

export function SettingsTestResult({ test: { result, error } }: { readonly test: SettingsTest }) {
  if (error) return <ErrorAlert error={error} />;
  if (!result) return null;
  return (
    <Alert
      color={result.ok ? 'green' : 'red'}
      icon={<Icon name={result.ok ? 'check' : 'warn'} />}
      title={result.ok ? 'The platform accepts these settings' : 'The platform does not accept these settings'}
      role="status"
    >
      <InlineCode text={result.says} />
    </Alert>
  );
}
