import { isIP } from 'node:net';
import { z } from 'zod';
import { isNonPublicAddress } from '../net/ssrf-guard.ts';
import { type AlertChannel, type AlertsConfig, alertChannelSchema } from './alerts.ts';
import { type ConfigProblem, explainBlockedEndpoint } from './sites.ts';

/** Ports of SMTP servers. Another port could be that of any service. */
const smtpPorts: ReadonlySet<number> = new Set([25, 465, 587, 2525]);

/** The parts of the settings that refer to one another. An invalid value becomes an empty one, so that it hides no other problem. */
const outlineSchema = z.lazy(() =>
  z
    .object({
      channels: z.array(z.looseObject({ id: z.string() }).catch({ id: '' })).catch([]),
      rules: z.array(z.object({ for: z.array(z.string().catch('')).catch([]) }).catch({ for: [] })).catch([]),
    })
    .catch({ channels: [], rules: [] }),
);

/**
 * Returns the problems that the schema cannot express: repeated ids, unknown channels, and channels with targets that are not allowed.
 * @param path the path of the settings, or empty
 */
export function findAlertProblems(input: unknown, path: string, allowPrivate: boolean): readonly ConfigProblem[] {
  const { channels, rules } = outlineSchema.parse(input);
  const prefix = path === '' ? '' : `${path}.`;
  const ids = channels.map(({ id }) => id);
  const repeated = ids.flatMap((id, index) => {
    const first = ids.indexOf(id);
    if (id === '' || first === index) return [];
    const message = `Is the same as ${prefix}channels[${first}].id. Use a unique value.`;
    return [{ path: `${prefix}channels[${index}].id`, message }];
  });
  const unknown = rules.flatMap((rule, index) =>
    rule.for.flatMap((id, at) =>
      ids.includes(id)
        ? []
        : [
            {
              path: `${prefix}rules[${index}].for[${at}]`,
              message: 'Is not the id of a channel. Correct it, or add the channel.',
            },
          ],
    ),
  );
  const blocked = channels.flatMap((given, index) => {
    const channel = alertChannelSchema.safeParse(given).data;
    return channel && !allowPrivate ? findBlockedTargets(channel, `${prefix}channels[${index}]`) : [];
  });
  return [...repeated, ...unknown, ...blocked];
}

/** Returns the problems of channels and rules that are limited to unknown sites. They would never report anything. */
export function findUnknownSites(
  { channels, rules = [] }: Pick<AlertsConfig, 'channels' | 'rules'>,
  known: readonly string[],
): readonly ConfigProblem[] {
  const find = (list: 'channels' | 'rules', limited: readonly { readonly sites?: readonly string[] | undefined }[]) =>
    limited.flatMap(({ sites = [] }, index) =>
      sites.flatMap((site, at) =>
        known.includes(site)
          ? []
          : [{ path: `${list}[${index}].sites[${at}]`, message: 'Is not the id of a site. Correct it, or remove it.' }],
      ),
    );
  return [...find('channels', channels), ...find('rules', rules)];
}

/** Returns the problems of a channel that would send to a private target, or without encryption. */
function findBlockedTargets(channel: AlertChannel, at: string): readonly ConfigProblem[] {
  if (channel.type !== 'email') {
    const message = explainBlockedEndpoint(channel.url);
    return message === undefined ? [] : [{ path: `${at}.url`, message }];
  }
  const problems: ConfigProblem[] = [];
  if (channel.host === 'localhost' || (isIP(channel.host) !== 0 && isNonPublicAddress(channel.host)))
    problems.push({
      path: `${at}.host`,
      message: 'Is a private address. Use a public server, or set `allowPrivateDestinations` to true.',
    });
  if (!smtpPorts.has(channel.port))
    problems.push({
      path: `${at}.port`,
      message: 'Is not a port of SMTP. Use 587, 465, 25 or 2525, or set `allowPrivateDestinations` to true.',
    });
  if (channel.security === 'none')
    problems.push({
      path: `${at}.security`,
      message: 'Would send without encryption. Use `starttls` or `tls`, or set `allowPrivateDestinations` to true.',
    });
  return problems;
}
