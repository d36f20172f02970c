import { z } from 'zod';
import { eventsSetting } from '../kit/settings.ts';

const urlRule =
  'Must be an https URL without credentials and fragment, at most 2,048 characters. Write the whole address of the receiver.';
const secretRule =
  'Must be `whsec_` and 24 to 64 bytes in base64. Generate one in the dashboard, or write `whsec_` before the output of `openssl rand -base64 32`, and give it to the receiver too.';
const secretsRule = 'Must be one or two secrets. Two are for a change of the secret.';
const includeRule = 'Must be a list of the parts to add: `client`, or nothing.';

function isUrl(text: string): boolean {
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

/** The operator's settings for one receiver. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      url: z.string(urlRule).refine(isUrl, urlRule).meta({
        title: 'URL',
        description:
          'Address that receives a POST for each event. It is shown in the debugger: put no secret into it, because the signature proves the sender.',
      }),
      secrets: z
        .preprocess(
          splitText,
          z
            .array(z.string(secretRule).refine(isSecret, secretRule), secretsRule)
            .min(1, secretsRule)
            .max(2, secretsRule)
            .transform((secrets) => [...new Set(secrets)]),
        )
        .meta({
          title: 'Signing secrets',
          description:
            'One or two keys of the signature, each `whsec_` and base64, on a line of its own. With two, each request is signed with both, so that the receiver can change from one to the other. In the config file, a list that refers to environment variables.',
          secret: true,
          multiline: true,
          generated: true,
        }),
      events: eventsSetting('the receiver'),
      include: z
        .array(z.enum(['client'], includeRule), includeRule)
        .transform((parts) => [...new Set(parts)])
        .prefault([])
        .meta({
          title: 'Personal data to add',
          description:
            "`client` adds the shopper's IP address and user agent as they are. Without it they are left out, because they are personal data.",
        }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `url` and `secrets`.' : undefined) },
  ),
);

export type Settings = z.output<typeof settings>;

/** Splits the text of a form's field at its lines and spaces. */
function splitText(given: unknown): unknown {
  return typeof given === 'string' ? given.split(/[\s,]+/).filter((secret) => secret !== '') : given;
}
