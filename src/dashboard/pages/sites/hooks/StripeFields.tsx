import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { getFieldError } from '../../../components/forms/field-errors.ts';

export type StripeDraft = Readonly<Record<string, string>>;

interface StripeFieldsProps {
  readonly value: StripeDraft;
  readonly issues: readonly Issue[];
  readonly isDisabled: boolean;
  readonly onChange: (value: StripeDraft) => void;
}

const selects = [
  {
    name: 'renewals',
    label: 'Renewals of subscriptions',
    options: { '': 'Keep for the record', send: 'Deliver as the event Renewal' },
  },
  {
    name: 'invoices',
    label: 'Paid invoices that count as purchases',
    options: { '': 'Those of subscriptions', all: 'All, also those written by hand' },
  },
  {
    name: 'externalIdFrom',
    label: "Place of the customer's id",
    options: { '': "Stripe's customer", client_reference_id: 'client_reference_id' },
  },
  {
    name: 'refundsFrom',
    label: 'Events that report refunds',
    options: { '': 'refund.created', charge: 'charge.refunded, for old API versions' },
  },
] as const;

/** Returns the settings that are not the defaults. */
export function toStripeSettings(value: StripeDraft): StripeDraft {
  return Object.fromEntries(Object.entries(value).filter(([, text]) => text.trim() !== ''));
}

/** Edits how events of Stripe are read. */
export function StripeFields({ value, issues, isDisabled, onChange }: StripeFieldsProps) {
  const set = (name: string, text: string) => onChange({ ...value, [name]: text });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <TextInput
        label="Place of the shop's order id"
        placeholder="metadata.order_id"
        autoComplete="off"
        spellCheck={false}
        value={value.orderIdFrom ?? ''}
        disabled={isDisabled}
        error={getFieldError(issues, 'stripe.orderIdFrom')}
        onChange={({ currentTarget }) => set('orderIdFrom', currentTarget.value)}
      />
      {selects.map(({ name, label, options }) => (
        <NativeSelect
          key={name}
          label={label}
          data={Object.entries(options).map(([option, text]) => ({ value: option, label: text }))}
          value={value[name] ?? ''}
          disabled={isDisabled}
          error={getFieldError(issues, `stripe.${name}`)}
          onChange={({ currentTarget }) => set(name, currentTarget.value)}
        />
      ))}
    </SimpleGrid>
  );
}
