import type { AccountLinkView } from '../../../../api/client.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import type { SettingsForm } from '../settings/setting-fields.ts';

/** Fills the settings that a choice of a tag provides into a form. The link holds the secrets. */
export function fillForm(form: Pick<StagedForm<SettingsForm>, 'value' | 'set'>, link: AccountLinkView): void {
  for (const [name, value] of Object.entries(link.settings))
    if (typeof value === 'string' && Object.hasOwn(form.value, name)) form.set(name, value);
  for (const name of link.secrets) form.set(name, { link: link.link });
}
