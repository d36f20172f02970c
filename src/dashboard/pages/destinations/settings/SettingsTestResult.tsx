import { Alert, Button } from '@mantine/core';
import { settingsTestTexts } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
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

/** Shows the result of a settings test. */
export function SettingsTestResult({ test: { result, error } }: { readonly test: SettingsTest }) {
  if (error) return <ErrorAlert error={error} />;
  if (!result) return null;
  const { label, color, shape } = settingsTestTexts[result.state];
  return (
    <Alert color={color} icon={<Icon name={shape} />} title={label} role="status">
      <InlineCode text={result.says} />
    </Alert>
  );
}
