import { Autocomplete, Select, TagsInput, TextInput } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import { RadioField } from '../../../components/forms/RadioField.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { useAccountNames } from '../../../data/use-account-names.ts';
import { parseDomain, type SiteForm } from './site-form.ts';

export interface SiteFieldsProps {
  readonly form: StagedForm<SiteForm>;
  readonly issues: readonly Issue[];
}

const platforms = [
  { value: 'custom', label: 'Custom or other' },
  { value: 'shopify', label: 'Shopify' },
  { value: 'woocommerce', label: 'WooCommerce' },
] as const satisfies readonly { readonly value: SiteForm['platform']; readonly label: string }[];

const policies = [
  {
    value: 'regional',
    label: 'By region',
    description:
      'Treat missing consent as denied in the EEA, the United Kingdom and Switzerland, and if the country is unknown. Elsewhere as granted.',
  },
  { value: 'strict', label: 'Strict', description: 'Treat missing consent as denied everywhere.' },
  {
    value: 'granted',
    label: 'Granted',
    description: 'Treat missing consent as granted everywhere. Only for shops that ask for consent before they load the pixel.',
  },
] as const satisfies readonly { readonly value: SiteForm['policy']; readonly label: string; readonly description: string }[];

export function NameField({ form, issues }: SiteFieldsProps) {
  return (
    <TextInput
      label="Name"
      description="Shown in the dashboard."
      autoComplete="off"
      value={form.value.name}
      onChange={({ currentTarget }) => form.set('name', currentTarget.value)}
      error={getFieldError(issues, 'name')}
    />
  );
}

export function DomainsField({ form, issues }: SiteFieldsProps) {
  return (
    <TagsInput
      label="Domains"
      description="The domains of the shop, including all subdomains. Events from other domains are rejected."
      placeholder={form.value.domains.length === 0 ? 'shop.example' : ''}
      withAsterisk
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      value={[...form.value.domains]}
      onChange={(domains) => form.set('domains', [...new Set(domains.map(parseDomain))])}
      error={getFieldError(issues, 'domains')}
    />
  );
}

export function PlatformField({ form, issues }: SiteFieldsProps) {
  return (
    <Select
      label="Shop system"
      data={platforms}
      allowDeselect={false}
      value={form.value.platform}
      onChange={(chosen) => {
        const platform = platforms.find(({ value }) => value === chosen);
        if (platform) form.set('platform', platform.value);
      }}
      error={getFieldError(issues, 'platform')}
    />
  );
}

export function PublicUrlField({ form, issues }: SiteFieldsProps) {
  return (
    <TextInput
      label="Public URL"
      description="The address of this gateway on the shop's own domain. If it is empty, the URL of the config file applies."
      placeholder="https://data.shop.example"
      autoComplete="off"
      spellCheck={false}
      value={form.value.publicUrl}
      onChange={({ currentTarget }) => form.set('publicUrl', currentTarget.value)}
      error={getFieldError(issues, 'publicUrl')}
    />
  );
}

export function AssigneeField({ form, issues }: SiteFieldsProps) {
  const names = useAccountNames();
  return (
    <Autocomplete
      label="Assigned to"
      description="The account that is responsible for the site. It gets no rights by this."
      placeholder="Nobody"
      autoComplete="off"
      data={[...names]}
      value={form.value.assignee}
      onChange={(assignee) => form.set('assignee', assignee)}
      error={getFieldError(issues, 'assignee')}
    />
  );
}

export function ConsentField({ form, issues }: SiteFieldsProps) {
  return (
    <RadioField
      label="Consent policy"
      description="Applies to events without a consent choice. A shopper's choice always takes precedence."
      options={policies}
      value={form.value.policy}
      onChange={(policy) => form.set('policy', policy)}
      error={getFieldError(issues, 'consent')}
    />
  );
}
