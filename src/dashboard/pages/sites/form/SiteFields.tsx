import { Radio, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { parseDomain, type SiteForm } from './site-form.ts';

export interface SiteFieldsProps {
  readonly form: StagedForm<SiteForm>;
  readonly issues: readonly Issue[];
}

const platforms = [
  { value: 'custom', label: 'My own, or another' },
  { value: 'shopify', label: 'Shopify' },
  { value: 'woocommerce', label: 'WooCommerce' },
] as const satisfies readonly { readonly value: SiteForm['platform']; readonly label: string }[];

const policies = [
  {
    value: 'regional',
    label: 'By region',
    says: 'Silence is a no in the EEA, the United Kingdom and Switzerland, and where the country is not known. Elsewhere it is a yes.',
  },
  { value: 'strict', label: 'Strict', says: 'Silence is a no everywhere.' },
  {
    value: 'granted',
    label: 'The shop asks first',
    says: 'Silence is a yes everywhere. Choose it only where your shop asks before it calls Convey.',
  },
] as const satisfies readonly { readonly value: SiteForm['policy']; readonly label: string; readonly says: string }[];

const modes = [
  { value: 'off', label: 'No UET tag', says: 'None is on the pages, and none is wanted.' },
  {
    value: 'attach',
    label: 'The tag is on the pages already',
    says: 'The pixel tells it each event under the same id, so that Microsoft counts it once.',
  },
  { value: 'load', label: 'Load the tag', says: 'The pixel loads it once the shopper agreed, and tells it each event.' },
] as const satisfies readonly { readonly value: SiteForm['uet']['mode']; readonly label: string; readonly says: string }[];

export function NameField({ form, issues }: SiteFieldsProps) {
  return (
    <TextInput
      label="Name"
      description="What people call it."
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
      description="Where the shop's pages are. Each covers its subdomains; pages of other domains are refused."
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

export function ConsentField({ form, issues }: SiteFieldsProps) {
  return (
    <Radio.Group
      label="Consent"
      description="What it counts as where nobody said what the shopper wants. A choice of the shopper always counts."
      value={form.value.policy}
      onChange={(chosen) => {
        const policy = policies.find(({ value }) => value === chosen);
        if (policy) form.set('policy', policy.value);
      }}
      error={getFieldError(issues, 'consent')}
    >
      <Stack gap="xs" mt="xs">
        {policies.map(({ value, label, says }) => (
          <Radio key={value} value={value} label={label} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

export function UetFields({ form, issues }: SiteFieldsProps) {
  const { uet } = form.value;
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Microsoft's UET tag"
        description="The script of Microsoft's own that reports from the browser."
        value={uet.mode}
        onChange={(chosen) => {
          const mode = modes.find(({ value }) => value === chosen);
          if (mode) form.set('uet', { ...uet, mode: mode.value });
        }}
        error={getFieldError(issues, 'uet.mode')}
      >
        <Stack gap="xs" mt="xs">
          {modes.map(({ value, label, says }) => (
            <Radio key={value} value={value} label={label} description={says} />
          ))}
        </Stack>
      </Radio.Group>
      {uet.mode !== 'off' && (
        <TextInput
          label="UET tag ID"
          description="The number of the tag on the pages: the same as in the connection to Microsoft."
          inputMode="numeric"
          withAsterisk
          maw={320}
          value={uet.tagId}
          onChange={({ currentTarget }) => form.set('uet', { ...uet, tagId: currentTarget.value })}
          error={getFieldError(issues, 'uet.tagId')}
        />
      )}
    </Stack>
  );
}
