import { SimpleGrid, TextInput } from '@mantine/core';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { SiteFieldsProps } from './SiteFields.tsx';

/** What stands in where an event does not say it, and which events wait or stay. */
export function CountingFields({ form: { value, set }, issues }: SiteFieldsProps) {
  const { purchaseHoldSeconds: hold } = value;
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label="Country"
          description="Two letters. Reads national phone numbers."
          placeholder="None"
          maxLength={2}
          autoComplete="off"
          value={value.defaultCountry}
          onChange={({ currentTarget }) => set('defaultCountry', currentTarget.value.toUpperCase())}
          error={getFieldError(issues, 'defaultCountry')}
        />
        <TextInput
          label="Currency"
          description="Three letters. Of values that come without."
          placeholder="None"
          maxLength={3}
          autoComplete="off"
          value={value.defaultCurrency}
          onChange={({ currentTarget }) => set('defaultCurrency', currentTarget.value.toUpperCase())}
          error={getFieldError(issues, 'defaultCurrency')}
        />
      </SimpleGrid>
      <ChoiceField
        label="Crawlers"
        description="Events of search engines and page-speed tools are kept in any case."
        options={[
          { value: 'drop', label: 'Not sent' },
          { value: 'send', label: 'Sent' },
        ]}
        value={value.bots}
        onChange={(bots) => set('bots', bots)}
        error={getFieldError(issues, 'bots')}
      />
      {value.platform !== 'custom' && (
        <ChoiceField
          label="When an order of the shop's webhooks counts"
          description="As made, it is sent at once, also where the shopper pays later. As paid, orders that nobody pays are never sent."
          options={[
            { value: 'create', label: 'When it is made' },
            { value: 'paid', label: 'When it is paid' },
          ]}
          value={value.purchaseOn}
          onChange={(purchaseOn) => set('purchaseOn', purchaseOn)}
          error={getFieldError(issues, 'webhooks')}
        />
      )}
      <ChoiceField
        label="Purchases that a browser reports"
        description="Anybody can make a browser report. Choose confirmed if the shop's server or webhooks report every order."
        options={[
          { value: 'as-reported', label: 'As reported' },
          { value: 'confirmed', label: 'Confirmed by the shop' },
        ]}
        value={value.purchases}
        onChange={(purchases) => set('purchases', purchases)}
        error={getFieldError(issues, 'purchases')}
      />
      <ChoiceField
        label="How long a purchase waits for its copy"
        description="Automatic: 90 s where the site has a secret of webhooks, or browser and server both told of purchases in the last 7 days."
        options={[
          { value: 'auto', label: 'Automatic' },
          { value: 'set', label: 'Set' },
        ]}
        value={hold === 'auto' ? 'auto' : 'set'}
        onChange={(chosen) => set('purchaseHoldSeconds', chosen === 'auto' ? 'auto' : 90)}
      />
      {hold !== 'auto' && (
        <TextInput
          label="Seconds"
          description="0 to 900."
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
