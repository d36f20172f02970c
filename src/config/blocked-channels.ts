import { isIP } from 'node:net';
import { isNonPublicAddress } from '../net/ssrf-guard.ts';
import type { AlertChannel } from './alerts.ts';
import { type ConfigProblem, explainBlockedEndpoint } from './sites.ts';

/** Ports of SMTP servers. Another port could be that of any service. */
const smtpPorts: ReadonlySet<number> = new Set([25, 465, 587, 2525]);

/** Returns the problems of channels that would send to private targets, or without encryption. */
export function findBlockedChannels(channels: readonly AlertChannel[], path: string): readonly ConfigProblem[] {
  return channels.flatMap((channel, index) => {
    const at = `${path}[${index}]`;
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
  });
}
