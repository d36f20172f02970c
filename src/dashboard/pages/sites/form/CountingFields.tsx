import { Autocomplete, SimpleGrid, TextInput } from '@mantine/core';
import type { ChangeEvent } from 'react';
import { timeZones } from '../../../components/display/format.ts';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { SiteFieldsProps } from './SiteFields.tsx';

/** Default values of events, and which events are held or skipped. */
export function CountingFields({ form: { value, set }, issues }: SiteFieldsProps) {
  const { purchaseHoldSeconds: hold } = value;
  const code = (name: 'defaultCountry' | 'defaultCurrency') => ({
    placeholder: 'None',
    autoComplete: 'off',
    value: value[name],
    onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement>) => set(name, currentTarget.value.toUpperCase()),
    error: getFieldError(issues, name),
  });
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label="Default country"
          description={
            value.policy === 'regional' && value.missingCountry === 'default-country'
              ? 'Two letters. Reads national phone numbers, and is the country of server events without one.'
              : 'Two letters. Reads national phone numbers.'
          }
          maxLength={2}
          {...code('defaultCountry')}
        />
        <TextInput
          label="Default currency"
          description="Three letters. For values without one."
          maxLength={3}
          {...code('defaultCurrency')}
        />
      </SimpleGrid>
      <Autocomplete
        label="Time zone"
        description="The shop's days begin at midnight there. Write a city of the zone, such as Europe/Berlin."
        placeholder="UTC"
        data={timeZones}
        limit={50}
        value={value.timeZone}
        onChange={(timeZone) => set('timeZone', timeZone)}
        error={getFieldError(issues, 'timeZone')}
      />
      {value.policy === 'regional' && (
        <ChoiceField
          label="Server events without a country"
          description="“Wait” treats missing consent as denied. With “Use default country”, missing consent counts as granted outside the EEA, the UK and Switzerland."
          options={[
            { value: 'unknown', label: 'Wait for consent' },
            { value: 'default-country', label: 'Use default country' },
          ]}
          value={value.missingCountry}
          onChange={(missingCountry) => set('missingCountry', missingCountry)}
          error={getFieldError(issues, 'consent.missingCountry')}
        />
      )}
      <ChoiceField
        label="Crawlers"
        description="Events of search engines and page speed tools. They are always stored."
        options={[
          { value: 'drop', label: 'Do not send' },
          { value: 'send', label: 'Send' },
        ]}
        value={value.bots}
        onChange={(bots) => set('bots', bots)}
        error={getFieldError(issues, 'bots')}
      />
      {value.platform !== 'custom' && (
        <ChoiceField
          label="Webhook orders count"
          description="When created: sent at once, even if the shopper pays later. When paid: unpaid orders are never sent."
          options={[
            { value: 'create', label: 'When created' },
            { value: 'paid', label: 'When paid' },
          ]}
          value={value.purchaseOn}
          onChange={(purchaseOn) => set('purchaseOn', purchaseOn)}
          error={getFieldError(issues, 'webhooks')}
        />
      )}
      <ChoiceField
        label="Browser purchases"
        description="Browser reports can be forged. Choose “Confirmed” if the shop's server or webhooks report every order."
        options={[
          { value: 'as-reported', label: 'Send all' },
          { value: 'confirmed', label: 'Confirmed only' },
        ]}
        value={value.purchases}
        onChange={(purchases) => set('purchases', purchases)}
        error={getFieldError(issues, 'purchases')}
      />
      <ChoiceField
        label="Purchase hold"
        description="How long a purchase waits for a duplicate report. Automatic: 90 s if the site has a webhook secret, or if browser and server both reported purchases in the last 7 days."
        options={[
          { value: 'auto', label: 'Automatic' },
          { value: 'set', label: 'Custom' },
        ]}
        value={hold === 'auto' ? 'auto' : 'set'}
        onChange={(chosen) => set('purchaseHoldSeconds', chosen === 'auto' ? 'auto' : 90)}
      />
      {hold !== 'auto' && (
        <TextInput
          label="Seconds"
          description="From 0 to 900."
          type="number"
          min={0}
          max={900}
          step="any"
          maw={160}
          value={hold}
          onChange={({ currentTarget }) => set('purchaseHoldSeconds', Number(currentTarget.value))}
          error={getFieldError(issues, 'purchaseHoldSeconds')}
        />
      )}
    </>
  );
}
