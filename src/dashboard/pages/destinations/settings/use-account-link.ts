import { flushSync } from 'react-dom';
import type { AccountLinkView, DestinationView } from '../../../../api/client.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { findLink, parseSettingFields, type SettingsForm, toSettings, toSettingsForm } from './setting-fields.ts';

/** The connection whose account is connected, and its form. */
interface AccountLinkTarget {
  readonly site: string;
  /** The id of the connection, also of a new one. */
  readonly connection: string;
  readonly destination: DestinationView;
  readonly form: StagedForm<SettingsForm>;
}

export interface AccountLinkStart {
  readonly run: () => void;
  readonly isRunning: boolean;
  readonly error: Error | null;
}

/** Opens the platform's page on which an account is connected. The gateway keeps the form's values meanwhile. */
export function useAccountLink({ site, connection, destination, form }: AccountLinkTarget): AccountLinkStart {
  const fields = parseSettingFields(destination);
  const link = findLink(form.value);
  const { mutate, isPending, error } = useApiMutation(
    () =>
      callApi(
        'POST /api/sites/:site/account-links',
        { site },
        {
          connection,
          destination: destination.id,
          settings: toSettings(fields, form.value),
          ...(link !== undefined && { link }),
        },
      ),
    {
      refreshes: [],
      onDone: ({ url }) => {
        // Otherwise the browser would ask whether to leave the unsaved changes.
        flushSync(() => form.discard());
        window.location.assign(url);
      },
    },
  );
  return { run: () => mutate(undefined), isRunning: isPending, error };
}

/** Returns the changes of a form that were made before an account was connected. The link holds the secrets. */
export function restoreForm(destination: DestinationView, link: AccountLinkView | undefined): Partial<SettingsForm> {
  if (!link) return {};
  const fields = parseSettingFields(destination).filter(({ name }) => Object.hasOwn(link.settings, name));
  const held = link.secrets.map((name) => [name, { link: link.link }] as const);
  return { ...toSettingsForm(fields, link.settings), ...Object.fromEntries(held) };
}
