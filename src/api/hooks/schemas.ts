import { z } from 'zod';
import { issues, listSchema, namedSchema, time } from '../http/schema-parts.ts';

const keyView = z.object({
  id: z.string(),
  createdAt: time.exactOptional().describe('Absent for secrets of the config file.'),
  problem: z.string().exactOptional().describe('Why it cannot be used, and what to do.'),
});

const signature = z
  .looseObject({ scheme: z.string() })
  .describe('How the service proves that a request is its own, in the form of the config file.')
  .meta({ examples: [{ scheme: 'hmac-sha256', header: 'X-Hub-Signature-256', encoding: 'hex', prefix: 'sha256=' }] });

const mapping = listSchema(z.record(z.string(), z.unknown()))
  .describe('The events that the requests report, in the form of the config file.')
  .meta({ examples: [[{ fields: { name: { const: 'Lead' }, 'user.email': '/contact/email' } }]] });

const hook = namedSchema(
  'Hook',
  z
    .object({
      id: z.string().meta({ examples: ['crm'] }),
      source: z.string().meta({ description: 'The service, or `custom`.', examples: ['custom'] }),
      title: z.string().describe('The name of the service.'),
      origin: z.enum(['file', 'dashboard']).describe('`file`: changed only in the config file.'),
      url: z.string().describe('The URL to which the service sends its requests.'),
      isGuess: z.boolean().describe('Whether the host is derived from the first domain, because no public URL is set.'),
      signature: signature.exactOptional(),
      proof: z.string().describe('How requests are proven, in one sentence.'),
      isSigned: z.boolean().describe('`false`: the secret travels with each request, so the hook is not signed.'),
      events: mapping.exactOptional(),
      stripe: z.record(z.string(), z.string()).exactOptional().describe('The settings of a hook of Stripe.'),
      isOwnMapping: z.boolean().describe('Whether `events` are of the site, not those of the service that Convey knows.'),
      secrets: listSchema(keyView).describe('At most four. The API never returns the secrets.'),
      lastRequest: z
        .object({
          at: time,
          result: z.enum(['accepted', 'repeated', 'ignored', 'rejected']),
          reason: z.string().exactOptional(),
        })
        .exactOptional()
        .describe('The last request with a valid signature or secret that reached this process since its start.'),
      lastRefusedAt: time.exactOptional().describe('When a request with a wrong signature or secret came last.'),
    })
    .describe('A hook: an address to which a service sends signed requests.'),
);
export type HookView = z.output<typeof hook>;

const source = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  secretHint: z.string().describe('Where the service shows its secret.'),
  guide: z.string().exactOptional().describe('The slug of its guide.'),
  hasMapping: z.boolean().describe('Whether `events` can be set.'),
  signature: signature.exactOptional(),
  events: mapping.exactOptional(),
});
export type HookSourceView = z.output<typeof source>;

export const hooksResponse = namedSchema(
  'Hooks',
  z
    .object({
      revision: z.string().describe('The revision of the site.'),
      hooks: listSchema(hook),
      sources: listSchema(source).describe('The services that a hook can have.'),
      fields: listSchema(
        z.object({
          name: z.string(),
          kind: z.enum(['text', 'money', 'number', 'time']),
        }),
      ).describe(
        'The fields of an event that a mapping can fill, besides `clickIds.NAME`, `browserIds.NAME` and `properties.NAME`.',
      ),
      itemFields: listSchema(z.string()),
    })
    .describe('The hooks of a site.'),
);
export type HooksView = z.output<typeof hooksResponse>;

export const hookPreviewResponse = namedSchema(
  'HookPreview',
  z
    .object({
      state: z
        .enum(['waiting', 'accepted', 'ignored', 'rejected', 'unreadable'])
        .describe(
          '`waiting`: no request came yet. `accepted`: the request would be accepted. `ignored`: no event of the mapping fits. `rejected`: the event would be rejected. `unreadable`: the body is no JSON object.',
        ),
      receivedAt: time.exactOptional().describe('When the last request came. Absent for a body of the caller.'),
      entry: z.int().exactOptional().describe('The index of the event of the mapping that fits.'),
      fields: listSchema(
        z.object({
          field: z.string(),
          value: z.string().describe('The value as it would be stored. Data of a person is only named.'),
          isPersonal: z.boolean(),
        }),
      ).describe('The event that would result.'),
      issues: issues.describe('Problems by field of the event.'),
      places: listSchema(
        z.object({
          at: z.string().describe('JSON Pointer.'),
          value: z.string().describe('The value, or its form if it may be of a person.'),
          isMasked: z.boolean(),
        }),
      ).describe('The places of the body that have a value.'),
    })
    .describe('The event that a request would make. Nothing is stored.'),
);
export type HookPreviewView = z.output<typeof hookPreviewResponse>;
