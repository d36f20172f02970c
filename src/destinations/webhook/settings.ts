import { z } from 'zod';
import { eventsSetting } from '../kit/settings.ts';

const endpointRule =
  'Must be an https URL without credentials and fragment, at most 2,048 characters. Write the whole address of the receiver.';
const secretRule =
  'Must be `whsec_` and 24 to 64 bytes in base64. Create one with `openssl rand -base64 32`, and give it to the receiver too.';
const clientDataRule = 'Must be `omit` or `send`.';

function isEndpoint(text: string): boolean {
  if (text.length > 2_048 || /\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '' && !text.includes('#');
}

/** Returns whether the text is a symmetric secret of Standard Webhooks. The key is the decoded bytes. */
function isSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+)={0,2}$/.exec(text) ?? [];
  const bytes = Math.floor((base64.length * 3) / 4);
  return base64.length % 4 !== 1 && bytes >= 24 && bytes <= 64;
}

const secret = z.string(secretRule).refine(isSecret, secretRule);

/** The operator's settings for one receiver. Parsing a parsed value again changes nothing. */
export const settings = z.strictObject(
  {
    endpoint: z.string(endpointRule).refine(isEndpoint, endpointRule).meta({
      title: 'URL',
      description:
        'Address that receives a POST for each event. It is shown in the debugger: put no secret into it, because the signature proves the sender.',
    }),
    secret: secret.meta({
      title: 'Signing secret',
      description:
        'Key of the signature, `whsec_` and base64. Create it with `echo "whsec_$(openssl rand -base64 32)"`. In the config file, refer to an environment variable that contains it.',
      secret: true,
    }),
    previousSecret: secret.exactOptional().meta({
      title: 'Previous signing secret',
      description:
        'Set it to the old secret while the receiver changes to a new one. Each request is then signed with both. Afterwards remove it, or enter the new secret here too.',
      secret: true,
    }),
    events: eventsSetting('the receiver'),
    clientData: z.enum(['omit', 'send'], clientDataRule).prefault('omit').meta({
      title: 'Address and agent',
      description:
        "`omit` leaves out the shopper's IP address and user agent, which are personal data. `send` sends them as they are.",
    }),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `endpoint` and `secret`.' : undefined) },
);

export type Settings = z.output<typeof settings>;
