import { BlockList, isIP } from 'node:net';
import { countryRemedy } from '../../event/country-settings.ts';
import type { Finding } from '../finding.ts';
import { createFindings } from './create-findings.ts';
import {
  type CollectorResponses,
  type GatewayEvidence,
  type IdentifiedClient,
  type LiveEvidence,
  spoofedClient,
} from './evidence.ts';
import { isOwnNetwork } from './local-host.ts';

const address = createFindings('address');
const country = createFindings('country');

/** Checks the address and country that the gateway detects, and whether a client can forge them. */
export function diagnoseClientAddress(observed: LiveEvidence): readonly Finding[] {
  const { collector, gateway } = observed;
  if (!collector || 'problem' in collector.event || collector.event.status !== 202) return [];
  if (!gateway)
    return [
      address.warning(
        'The address that the gateway detects is unknown, because no gateway runs on the `dataDir` of this config. Run this check on the machine of the running gateway, with its config',
      ),
    ];
  const { plain, forged } = gateway;
  if (!plain)
    return [
      address.problem(
        'The collector accepted a test event that the gateway of this config does not have: another gateway responds there. Point the host name or the proxy to this gateway',
      ),
    ];
  return [addressFinding(observed, collector, gateway, plain, forged), ...countryFindings(observed, plain, forged)];
}

function addressFinding(
  { proxies: { trustedProxies } }: LiveEvidence,
  { name }: CollectorResponses,
  { ownAddresses }: GatewayEvidence,
  plain: IdentifiedClient,
  forged: IdentifiedClient | undefined,
): Finding {
  if (forged?.network === spoofedClient.network)
    return address.problem(
      'The gateway trusts an `X-Forwarded-For` of the client, so clients can forge their address. Configure the first proxy to overwrite the header (nginx: `$remote_addr`; Caddy does it), and list only your own proxies in `collector.trustedProxies`',
    );
  if (plain.address !== 'public') return unseenFinding(plain, trustedProxies.length > 0, name.addresses.every(isOwnNetwork));
  const { network = '' } = plain;
  const remedy = 'List that proxy in `collector.trustedProxies`';
  if (ownAddresses.some((own) => isWithin(network, own)))
    return address.ok(`The gateway detects this machine's own address (${network})${describeForgery(forged)}`);
  const isOtherKnown = ownAddresses.some((own) => isIP(own) === isIP(network.split('/')[0] ?? ''));
  if (isOtherKnown)
    return address.problem(
      `The gateway detects an address of ${network}, which is not this machine's, but probably a proxy's. ${remedy}`,
    );
  return address.ok(
    `The gateway detects an address of ${network}${describeForgery(forged)}. If it is not this machine's public address, it is a proxy's. Then list that proxy in \`collector.trustedProxies\``,
  );
}

/** Describes the result of the request with forged headers, which bot protection may have blocked. */
function describeForgery(forged: IdentifiedClient | undefined): string {
  return forged ? ', and ignores a forged one' : '; a request with a forged one is blocked';
}

function unseenFinding({ address: kind }: IdentifiedClient, isProxyTrusted: boolean, isWithinNetwork: boolean): Finding {
  const fact = `The gateway detects ${kind === 'private' ? 'a private address' : 'no readable address'}`;
  if (!isProxyTrusted && isWithinNetwork)
    return address.warning(
      `${fact} for this machine, because the collector has a private address itself. Check again on the public host name. List a proxy in front of it in \`collector.trustedProxies\``,
    );
  if (!isProxyTrusted)
    return address.problem(
      `${fact} instead of the shopper's: probably the proxy's. List the proxy in \`collector.trustedProxies\`, and configure it to set \`X-Forwarded-For\``,
    );
  return address.warning(
    `${fact} for this machine. This is correct if the machine is in your network; then check shoppers with \`convey events --lacks address\`. Otherwise configure the proxy to set \`X-Forwarded-For\`, and list every proxy in \`collector.trustedProxies\``,
  );
}

function isWithin(network: string, address: string): boolean {
  const [base = '', bits] = network.split('/');
  if (isIP(base) !== isIP(address)) return false;
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(address, family);
}

function countryFindings(
  { proxies: { countryHeader, trustedProxies, hasCountryTables }, site }: LiveEvidence,
  plain: IdentifiedClient,
  forged: IdentifiedClient | undefined,
): readonly Finding[] {
  const isRegional = site.consent.policy === 'regional';
  const meaning = isRegional ? ', so unknown consent counts as denied for everyone (policy `regional`)' : '';
  if (forged?.country === spoofedClient.country)
    return [
      country.problem(
        `The gateway trusts a \`${countryHeader ?? ''}\` of the client${isRegional ? ', so clients can choose their consent rules' : ''}. Configure the proxy to overwrite the header on every request, or to remove it`,
      ),
    ];
  if (plain.country !== undefined)
    return [country.ok(`The gateway detects ${plain.country} for this machine${describeForgery(forged)}`)];
  if (hasCountryTables) {
    const finding = `Neither a header nor the country tables have a country for this machine${meaning.replace('for everyone', 'here')}. This is correct if its address is private, or if the tables differ`;
    return [isRegional ? country.warning(finding) : country.ok(finding)];
  }
  if (countryHeader === undefined || trustedProxies.length === 0) {
    const finding = `The gateway cannot detect the country${meaning}`;
    return [
      isRegional
        ? country.warning(`${finding}. ${countryRemedy}`)
        : country.ok(`${finding}, which the policy \`${site.consent.policy}\` does not need`),
    ];
  }
  const missing = `\`${countryHeader}\` is missing or has no country${meaning}. Configure the proxy to set it, and list the proxy's address in \`collector.trustedProxies\``;
  return [isRegional ? country.problem(missing) : country.warning(missing)];
}
