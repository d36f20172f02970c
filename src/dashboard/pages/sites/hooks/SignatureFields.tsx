import { Alert, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { type Issue, isSignedScheme } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import { findScheme, type SignatureDraft, signatureSchemes } from './signature-draft.ts';

interface SignatureFieldsProps {
  readonly value: SignatureDraft;
  readonly issues: readonly Issue[];
  readonly isDisabled: boolean;
  readonly onChange: (value: SignatureDraft) => void;
}

/** Edits how a service proves its requests. */
export function SignatureFields({ value, issues, isDisabled, onChange }: SignatureFieldsProps) {
  const scheme = findScheme(value.scheme);
  const names: readonly string[] = scheme?.names ?? [];
  const set = (name: keyof SignatureDraft, text: string) => onChange({ ...value, [name]: text });
  const text = (name: keyof SignatureDraft, label: string, description: string, placeholder: string) => (
    <TextInput
      label={label}
      description={description}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
      value={value[name]}
      disabled={isDisabled}
      error={getFieldError(issues, `signature.${name}`)}
      onChange={({ currentTarget }) => set(name, currentTarget.value)}
    />
  );
  return (
    <Stack gap="sm">
      <NativeSelect
        label="Proof of the sender"
        description={scheme && <InlineCode text={scheme.description} />}
        data={signatureSchemes.map(({ id, label }) => ({ value: id, label }))}
        value={value.scheme}
        disabled={isDisabled}
        error={getFieldError(issues, 'signature.scheme')}
        onChange={({ currentTarget }) => set('scheme', currentTarget.value)}
      />
      {!isSignedScheme(value) && (
        <Alert color="yellow" icon={<Icon name="warn" />} title="Not signed">
          The secret travels with each request, and everyone who learns it can send events until you replace it. So its events are
          trusted no more than a browser's: they fill in what signed reports leave out, and replace nothing. Refunds and
          cancellations are rejected.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {names.includes('header') && text('header', 'Header', 'Its name, from the documentation of the service.', 'X-Signature')}
        {names.includes('prefix') && text('prefix', 'Text before the signature', 'Empty if there is none.', 'sha256=')}
        {names.includes('encoding') && (
          <NativeSelect
            label="Encoding"
            data={[
              { value: 'hex', label: 'Hexadecimal' },
              { value: 'base64', label: 'Base64' },
            ]}
            value={value.encoding}
            disabled={isDisabled}
            onChange={({ currentTarget }) => set('encoding', currentTarget.value)}
          />
        )}
        {names.includes('signs') && (
          <NativeSelect
            label="Signed text"
            data={[
              { value: 'body', label: 'The body' },
              { value: '{timestamp}.{body}', label: 'Time, a dot and the body' },
            ]}
            value={value.signs}
            disabled={isDisabled}
            onChange={({ currentTarget }) => set('signs', currentTarget.value)}
          />
        )}
        {names.includes('timestampHeader') &&
          value.signs !== 'body' &&
          text('timestampHeader', 'Header of the time', 'In UNIX seconds.', 'X-Timestamp')}
        {names.includes('toleranceSeconds') && (value.scheme === 'timestamped' || value.signs !== 'body') && (
          <NumberInput
            label="Greatest age in seconds"
            min={30}
            max={172_800}
            value={value.toleranceSeconds}
            disabled={isDisabled}
            error={getFieldError(issues, 'signature.toleranceSeconds')}
            onChange={(seconds) => set('toleranceSeconds', String(seconds))}
          />
        )}
      </SimpleGrid>
    </Stack>
  );
}
