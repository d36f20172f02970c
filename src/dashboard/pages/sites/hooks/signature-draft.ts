/** The signature of a hook as its form edits it. */
export interface SignatureDraft {
  readonly scheme: string;
  readonly header: string;
  readonly encoding: string;
  readonly prefix: string;
  readonly signs: string;
  readonly timestampHeader: string;
  readonly toleranceSeconds: string;
}

type SignatureName = Exclude<keyof SignatureDraft, 'scheme'>;

/** The schemes with the settings that each has. */
export const signatureSchemes = [
  {
    id: 'hmac-sha256',
    label: 'HMAC-SHA256 in a header',
    description: 'As GitHub, Typeform and most services sign.',
    names: ['header', 'encoding', 'prefix', 'signs', 'timestampHeader', 'toleranceSeconds'],
  },
  {
    id: 'timestamped',
    label: 'Time and HMAC-SHA256 in one header',
    description: 'As Stripe and Calendly sign: `t=…,v1=…`.',
    names: ['header', 'toleranceSeconds'],
  },
  {
    id: 'standard-webhooks',
    label: 'Standard Webhooks',
    description: 'The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. The secret begins with `whsec_`.',
    names: [],
  },
  {
    id: 'header-token',
    label: 'Secret in a header (not signed)',
    description: 'Only if the service cannot sign.',
    names: ['header'],
  },
  {
    id: 'basic',
    label: 'User and password (not signed)',
    description: 'HTTP Basic, only if the service cannot sign. The secret is `user:password`.',
    names: [],
  },
] as const satisfies readonly {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly names: readonly SignatureName[];
}[];

export const firstSignature: SignatureDraft = {
  scheme: 'hmac-sha256',
  header: '',
  encoding: 'hex',
  prefix: '',
  signs: 'body',
  timestampHeader: '',
  toleranceSeconds: '300',
};

export function findScheme(id: string) {
  return signatureSchemes.find((one) => one.id === id);
}

export function toSignatureDraft(signature: Readonly<Record<string, unknown>> | undefined): SignatureDraft {
  const texts = Object.entries(signature ?? {}).map(([name, value]) => [name, String(value)]);
  return { ...firstSignature, ...Object.fromEntries(texts) };
}

/** Returns the signature for the API, with the settings of its scheme alone. */
export function toSignature(draft: SignatureDraft): Readonly<Record<string, unknown>> {
  const names: readonly SignatureName[] = findScheme(draft.scheme)?.names ?? [];
  const isTimed = draft.signs !== 'body';
  const set = names
    .filter((name) => draft[name] !== '' && (name !== 'timestampHeader' || isTimed))
    .map((name) => [name, name === 'toleranceSeconds' ? Number(draft[name]) : draft[name]]);
  return { scheme: draft.scheme, ...Object.fromEntries(set) };
}
