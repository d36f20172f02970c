import { z } from 'zod';
import { isAdjustmentName, normalizeEventName } from '../event/event-names.ts';
import { hookSources, isMappedSource } from '../event/hook.ts';
import { type HookSignature, isSignedScheme } from '../event/hook-signature.ts';
import { hookMappingSchema } from '../hooks/mapping-schema.ts';
import { hookSignatureSchema } from '../hooks/signature-schema.ts';
import { stripeSettingsSchema } from '../hooks/stripe/settings-schema.ts';
import { id } from './schema-parts.ts';

/** The secret with which a sender signs its webhooks. */
export const webhookSecret = z
  .string("Must be the sender's signing secret for webhooks.")
  .trim()
  .min(8, 'Must have at least 8 characters. Copy the whole secret.')
  .max(200, 'Must have at most 200 characters. Copy only the secret.');

/** Returns the schema of the secrets of one sender: the present ones, and those that they replace. */
export function signingSecrets(limitRule: string) {
  return z.array(webhookSecret, 'Must be a list of secrets.').max(4, limitRule);
}

const ownRule = 'Is for services with a mapping. Remove it, because Convey reads the requests of this source itself.';

const hookShape = {
  /** The dashboard's page for a new hook has this name. */
  id: id
    .refine((one) => one !== 'new', 'Must not be `new`. Choose another id.')
    .describe('As for a site, unique within its site. It is a part of the address.'),
  source: z
    .enum(hookSources, `Must be one of ${hookSources.join(', ')}.`)
    .describe(`The sender: ${hookSources.map((one) => `\`${one}\``).join(', ')}.`),
  signature: hookSignatureSchema
    .optional()
    .describe('How requests are [proven](../guides/signed-hooks.md#proof-of-the-sender). Required for `custom`.'),
  events: hookMappingSchema
    .optional()
    .describe('The [mapping](../guides/signed-hooks.md#mapping) to events. Required for `custom`.'),
  stripe: stripeSettingsSchema.optional().describe('How events of [Stripe](../guides/stripe.md#settings) are read.'),
};

const secrets = signingSecrets('Must have at most four secrets: the present ones, and those that they replace.')
  .min(1, "Must have at least one secret. Copy it from the sender's page about the webhook.")
  .describe('One to four secrets of 8 to 200 characters with which this sender signs, and no other.');

type WrittenHook = z.output<z.ZodObject<typeof hookShape>> & { readonly secrets?: readonly string[] };

const leastUnsigned = 16;

/** Returns the rule that a secret breaks because requests have it: it must not be guessed. */
export function explainShortSecret(secret: string, signature: HookSignature | undefined): string | undefined {
  if (!signature || isSignedScheme(signature) || secret.length >= leastUnsigned) return undefined;
  return `Must have at least ${leastUnsigned} characters, because the requests are not signed. Use a random text.`;
}

/** Returns the problems of a hook that its members alone do not show. */
function findHookProblems({
  source,
  signature,
  events = [],
  secrets = [],
  stripe,
}: WrittenHook): readonly { path: PropertyKey[]; message: string }[] {
  const custom = source === 'custom';
  const isUnsigned = signature !== undefined && !isSignedScheme(signature);
  return [
    ...(custom && !signature ? [{ path: ['signature'], message: 'Is missing. Set how the service proves its requests.' }] : []),
    ...(custom && events.length === 0 ? [{ path: ['events'], message: 'Is missing. Map the requests to events.' }] : []),
    ...(!isMappedSource(source) && signature ? [{ path: ['signature'], message: ownRule }] : []),
    ...(!isMappedSource(source) && events.length > 0 ? [{ path: ['events'], message: ownRule }] : []),
    ...(stripe && source !== 'stripe' ? [{ path: ['stripe'], message: 'Is for hooks of Stripe. Remove it.' }] : []),
    ...secrets.flatMap((secret, index) => {
      const message = explainShortSecret(secret, signature);
      return message === undefined ? [] : [{ path: ['secrets', index], message }];
    }),
    ...events.flatMap(({ fields: { name } }, index) =>
      isUnsigned && typeof name === 'object' && 'const' in name && isAdjustment(String(name.const))
        ? [{ path: ['events', index, 'fields', 'name'], message: unsignedAdjustment }]
        : [],
    ),
  ];
}

function isAdjustment(name: string): boolean {
  return isAdjustmentName(normalizeEventName(name) ?? '');
}

const unsignedAdjustment =
  'Must not be a refund or a cancellation, because the requests are not signed. Choose a scheme that signs.';

function createHooksSchema<T extends WrittenHook>(hook: z.ZodType<T>) {
  return z
    .array(hook, 'Must be a list of hooks.')
    .max(20, 'Must have at most 20 hooks.')
    .superRefine((hooks, context) => {
      for (const [index, written] of hooks.entries()) {
        if (hooks.findIndex((one) => one.id === written.id) < index)
          context.addIssue({
            code: 'custom',
            message: 'Is the id of another hook of the site. Choose another id.',
            path: [index, 'id'],
          });
        for (const { path, message } of findHookProblems(written))
          context.addIssue({ code: 'custom', message, path: [index, ...path] });
      }
    });
}

export const hooksSchema = createHooksSchema(
  z.strictObject({
    id: hookShape.id,
    source: hookShape.source,
    secrets,
    signature: hookShape.signature,
    events: hookShape.events,
    stripe: hookShape.stripe,
  }),
);

/** The hooks of a stored site. Secrets are stored separately, and may be missing. */
export const storedHooksSchema = createHooksSchema(z.strictObject(hookShape));
