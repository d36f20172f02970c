import { Alert, Button } from '@mantine/core';
import type { BodyOf, Issue, ResponseOf } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface SettingsTest {
  readonly run: () => void;
  readonly reset: () => void;
  readonly isRunning: boolean;
  readonly issues: readonly Issue[];
  readonly result?: ResponseOf<'POST /api/sites/:site/try-connection'>;
  readonly error: Error | null;
}

/** Asks the platform whether it accepts these settings, before they are kept. No event is sent. */
export function useSettingsTest(site: string, settings: BodyOf<'POST /api/sites/:site/try-connection'>): SettingsTest {
  const { mutate, reset, data, error, isPending } = useApiMutation(
    () => callApi('POST /api/sites/:site/try-connection', { site }, settings),
    { refreshes: [] },
  );
  return {
    run: () => mutate(undefined),
    reset: reset,
    isRunning: isPending,
    issues: data?.issues ?? [],
    ...(data && { result: data }),
    error,
  };
}

export function TestSettingsButton({ label, answer }: { readonly label: string; readonly answer: SettingsTest }) {
  return (
    <OwnerOnly>
      {(isOwner) => (
        <Button variant="default" loading={answer.isRunning} disabled={!isOwner} onClick={answer.run}>
          {label}
        </Button>
      )}
    </OwnerOnly>
  );
}

/** What the platform said. */
export function SettingsTestResult({ answer: { result: says, error } }: { readonly answer: SettingsTest }) {
  if (error) return <ErrorAlert error={error} />;
  if (!says) return null;
  return (
    <Alert
      color={says.ok ? 'green' : 'red'}
      icon={<Icon name={says.ok ? 'check' : 'warn'} />}
      title={says.ok ? 'The platform accepts these settings' : 'It would not work like this'}
      role="status"
    >
      <InlineCode text={says.says} />
    </Alert>
  );
}
