import { Stack, TextInput } from '@mantine/core';
import { listTimeZones } from '../../../components/display/format.ts';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { type FieldTable, type InputProps, listIssueFields } from '../../../components/forms/Fields.tsx';
import { createChoice, createSelect, createSuggestedText, createTags, createText } from '../../../components/forms/inputs.tsx';
import { RadioField } from '../../../components/forms/RadioField.tsx';
import { useAccountNames } from '../../../data/use-account-names.ts';
import { parseDomain, type SiteForm } from './site-form.ts';

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
] as const;

const toUpperCase = (text: string) => text.toUpperCase();

/** The fields of a site's form. Browser tags have their own. */
export const siteTable: FieldTable<SiteForm> = {
  name: { label: 'Name', description: 'Shown in the dashboard.', input: createText() },
  domains: {
    label: 'Domains',
    description: 'The domains of the shop, including all subdomains. Events from other domains are rejected.',
    placeholder: 'shop.example',
    isRequired: true,
    input: createTags(parseDomain),
  },
  platform: {
    label: 'Shop system',
    input: createSelect([
      ['custom', 'Custom or other'],
      ['shopify', 'Shopify'],
      ['woocommerce', 'WooCommerce'],
    ]),
  },
  publicUrl: {
    label: 'Public URL',
    description: "The address of this gateway on the shop's own domain. If it is empty, the URL of the config file applies.",
    placeholder: 'https://data.shop.example',
    input: createText(),
  },
  assignee: {
    label: 'Assigned to',
    description: 'The account that is responsible for the site. It gets no rights by this.',
    placeholder: 'Nobody',
    input: (props) => <AccountInput {...props} />,
  },
  policy: {
    label: 'Consent policy',
    description: "Applies to events without a consent choice. A shopper's choice always takes precedence.",
    issueField: 'consent',
    input: (props) => <RadioField {...props} options={policies} />,
  },
  defaultCountry: {
    label: 'Default country',
    description: ({ policy, missingCountry }) =>
      policy === 'regional' && missingCountry === 'default-country'
        ? 'Two letters. Reads national phone numbers, and is the country of server events without one.'
        : 'Two letters. Reads national phone numbers.',
    placeholder: 'None',
    input: createText({ maxLength: 2, correct: toUpperCase }),
  },
  defaultCurrency: {
    label: 'Default currency',
    description: 'Three letters. For values without one.',
    placeholder: 'None',
    input: createText({ maxLength: 3, correct: toUpperCase }),
  },
  timeZone: {
    label: 'Time zone',
    description: "The shop's days begin at midnight there. Write a city of the zone, such as Europe/Berlin.",
    placeholder: 'UTC',
    input: createSuggestedText(listTimeZones),
  },
  missingCountry: {
    label: 'Server events without a country',
    description:
      '“Wait” treats missing consent as denied. With “Use default country”, missing consent counts as granted outside the EEA, the UK and Switzerland.',
    issueField: 'consent.missingCountry',
    isShown: ({ policy }) => policy === 'regional',
    input: createChoice(['unknown', 'Wait for consent'], ['default-country', 'Use default country']),
  },
  bots: {
    label: 'Crawlers',
    description: 'Events of search engines and page speed tools. They are always stored.',
    input: createChoice(['drop', 'Do not send'], ['send', 'Send']),
  },
  purchaseOn: {
    label: 'Webhook orders count',
    description: 'When created: sent at once, even if the shopper pays later. When paid: unpaid orders are never sent.',
    issueField: 'webhooks',
    isShown: ({ platform }) => platform !== 'custom',
    input: createChoice(['create', 'When created'], ['paid', 'When paid']),
  },
  purchases: {
    label: 'Browser purchases',
    description: "Browser reports can be forged. Choose “Confirmed” if the shop's server or webhooks report every order.",
    input: createChoice(['as-reported', 'Send all'], ['confirmed', 'Confirmed only']),
  },
  purchaseId: {
    label: 'Purchase id of Segment SDKs',
    description:
      'The number that pixel, server and SDK share, so that a purchase counts once. The checkout is harder to guess than the order.',
    issueField: 'segment.purchaseId',
    input: createChoice(['checkout_id', 'Checkout, else order'], ['order_id', 'Order']),
  },
  adConsentCategories: {
    label: 'Consent categories for advertising',
    description:
      'The category ids of your consent tool, as Segment SDKs send them. One that is refused denies. Remove all to restore the default.',
    issueField: 'segment.adConsentCategories',
    input: createTags((text) => text.trim(), [',', ';']),
  },
  purchaseHoldSeconds: {
    label: 'Purchase hold',
    description:
      'How long a purchase waits for a duplicate report. Automatic: 90 s if the site has a webhook secret, or if browser and server both reported purchases in the last 7 days.',
    input: (props) => <HoldInput {...props} />,
  },
};

/** The fields of the API that the form contains. */
export const siteFields: readonly string[] = [...listIssueFields(siteTable), 'tags', 'capture'];

function AccountInput(props: InputProps<string>) {
  const names = useAccountNames();
  return createSuggestedText(() => names)(props);
}

function HoldInput({ value, onChange, error, ...texts }: InputProps<SiteForm['purchaseHoldSeconds']>) {
  return (
    <Stack>
      <ChoiceField
        {...texts}
        options={[
          { value: 'auto', label: 'Automatic' },
          { value: 'set', label: 'Custom' },
        ]}
        value={value === 'auto' ? 'auto' : 'set'}
        onChange={(chosen) => onChange(chosen === 'auto' ? 'auto' : 90)}
      />
      {value !== 'auto' && (
        <TextInput
          label="Seconds"
          description="From 0 to 900."
          type="number"
          min={0}
          max={900}
          step="any"
          maw={160}
          value={value}
          onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
          error={error}
        />
      )}
    </Stack>
  );
}
