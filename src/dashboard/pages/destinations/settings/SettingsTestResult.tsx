import { Alert, Button } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { settingsTestLabels } from './settings-test-labels.ts';
import type { SettingsTest } from './use-settings-test.ts';

export function TestSettingsButton({ label, test }: { readonly label: string; readonly test: SettingsTest }) {
  return (
    <RoleOnly needs="editor">
      {(isPermitted) => (
        <Button variant="default" loading={test.isRunning} disabled={!isPermitted} onClick={test.run}>
          {label}
        </Button>
      )}
    </RoleOnly>
  );
}

export function SettingsTestResult({ test: { result, error } }: { readonly test: SettingsTest }) {
  if (error) return <ErrorAlert error={error} />;
  if (!result) return null;
  const { title, color } = settingsTestLabels[result.state];
  return (
    <Alert color={color} icon={<Icon name={result.ok ? 'check' : 'warn'} />} title={title} role="status">
      <InlineCode text={result.says} />
    </Alert>
  );
}
