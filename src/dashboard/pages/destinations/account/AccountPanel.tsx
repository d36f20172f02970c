import { Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { AccountLinkView, AccountPlatformView, DestinationView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { GuideAnchor } from '../../../components/layout/GuideAnchor.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';
import { useApiQuery } from '../../../data/queries.ts';
import type { SettingsForm } from '../settings/setting-fields.ts';
import { AccountChooser } from './AccountChooser.tsx';
import { AppForm } from './AppForm.tsx';
import { ConnectedAccount } from './ConnectedAccount.tsx';
import { SignInButtons } from './SignInButtons.tsx';
import { SignInFailure } from './SignInFailure.tsx';
import { useAccountPlatform } from './use-account-platform.ts';

interface AccountPanelProps {
  readonly site: string;
  /** The id of the connection, also of a new one. */
  readonly connection: string;
  readonly isNew?: boolean;
  /** Whether the settings can be filled in. Those of the config file cannot. */
  readonly canFill?: boolean;
  readonly destination: DestinationView;
  readonly form: StagedForm<SettingsForm>;
  readonly linkResult: AccountLinkView | undefined;
}

/** Connects an account of the platform by a sign-in. Renders nothing if the platform's accounts cannot be connected. */
export function AccountPanel({
  site,
  connection,
  isNew = false,
  canFill = true,
  destination,
  form,
  linkResult,
}: AccountPanelProps) {
  const { platform, error } = useAccountPlatform(destination.id);
  const panel = useRef<HTMLDivElement>(null);
  const isBack = linkResult?.identityProvider !== undefined && platform !== undefined;
  useEffect(() => {
    if (isBack) panel.current?.scrollIntoView({ block: 'center' });
  }, [isBack]);
  if (error) return <ErrorAlert error={error} />;
  if (!platform) return null;
  const target = { site, connection, destination, form };
  const isSignedIn = linkResult?.state === 'signed-in' || linkResult?.state === 'connected';
  return (
    <Panel
      title={platform.label}
      description={
        <>
          <InlineCode text={canFill ? platform.description : goalsAlone} />{' '}
          <GuideAnchor site={site} guide={parseGuideLink(platform.guide)?.name ?? ''}>
            Guide: {platform.label}
          </GuideAnchor>
        </>
      }
    >
      <Stack ref={panel} gap="md" maw={720}>
        {!isNew && <PresentAccount site={site} connection={connection} />}
        {linkResult?.identityProvider !== undefined && linkResult.state === 'failed' && <SignInFailure link={linkResult} />}
        {linkResult?.identityProvider !== undefined && linkResult.state === 'connected' && <Filled />}
        {linkResult?.state === 'signed-in' && <AccountChooser link={linkResult} form={form} canFill={canFill} isNew={isNew} />}
        <SignInStep platform={platform} target={target} isMain={isNew && !isSignedIn} />
      </Stack>
    </Panel>
  );
}

const goalsAlone = 'Sign in to see which events your goals count. The settings stay those of the config file.';

function Filled() {
  return (
    <Text size="sm" fw={600} role="status">
      Tag, token and customer are filled in. Save to keep them.
    </Text>
  );
}

/** The account that a stored connection uses. */
function PresentAccount({ site, connection }: { readonly site: string; readonly connection: string }) {
  const query = useApiQuery('GET /api/sites/:site/connections/:connection/account', { site, connection });
  return (
    <QueryState query={query} height={36}>
      {({ account }) =>
        account ? (
          <ConnectedAccount site={site} connection={connection} account={account} />
        ) : (
          <Text size="sm">No account is connected.</Text>
        )
      }
    </QueryState>
  );
}

interface SignInStepProps {
  readonly platform: AccountPlatformView;
  readonly isMain: boolean;
  readonly target: Pick<AccountPanelProps, 'site' | 'connection' | 'destination' | 'form'>;
}

function SignInStep({ platform, target, isMain }: SignInStepProps) {
  const { source, clientId } = platform.app;
  return (
    <>
      {(source === 'file' || source === 'dashboard') && (
        <Group gap="sm">
          <SignInButtons platform={platform} {...target} isMain={isMain} />
          <Text size="sm" c="dimmed" className="words">
            App {clientId}, {source === 'file' ? 'of the config file' : 'entered in the dashboard'}.
          </Text>
        </Group>
      )}
      {source !== 'file' && <AppForm platform={platform} />}
    </>
  );
}
