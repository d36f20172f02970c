import { BlockList, isIP } from 'node:net';
import type { Finding } from '../finding.ts';
import {
  type CollectorAnswers,
  type GatewayEvidence,
  type IdentifiedClient,
  type LiveEvidence,
  spoofedClient,
} from './evidence.ts';
import { createFindings } from './finding-factory.ts';
import { isOwnNetwork } from './local-host.ts';

const address = createFindings('address');
const country = createFindings('country');

/** What the gateway takes for the shopper's address and country, and whether a client can make it believe another. */
export function diagnoseRequester(observed: LiveEvidence): readonly Finding[] {
  const { collector, gateway } = observed;
  if (!collector || 'problem' in collector.event || collector.event.status !== 202) return [];
  if (!gateway)
    return [
      address.warning(
        'What the gateway sees of a shopper could not be looked at, since no gateway runs on the `dataDir` of this config. Run this check on the machine of the gateway, with its config, while it runs',
      ),
    ];
  const { plain, forged } = gateway;
  if (!plain)
    return [
      address.problem(
        'The collector took a test event, and the gateway that runs on this config has none: another gateway answers there. Point the name, or the proxy, to this one',
      ),
    ];
  return [addressFinding(observed, collector, gateway, plain, forged), ...countryFindings(observed, plain, forged)];
}

function addressFinding(
  { proxies: { trustedProxies } }: LiveEvidence,
  { name }: CollectorAnswers,
  { ownAddresses }: GatewayEvidence,
  plain: IdentifiedClient,
  forged: IdentifiedClient | undefined,
): Finding {
  if (forged?.network === spoofedClient.network)
    return address.problem(
      'A client that writes `X-Forwarded-For` itself is believed, so anybody can pass for another. Have the first proxy set the header anew (nginx: `$remote_addr`; Caddy does by itself), and list only proxies of yours in `collector.trustedProxies`',
    );
  if (plain.address !== 'public') return unseenFinding(plain, trustedProxies.length > 0, name.addresses.every(isOwnNetwork));
  const { network = '' } = plain;
  const remedy = 'List that proxy in `collector.trustedProxies`';
  if (ownAddresses.some((own) => isWithin(network, own)))
    return address.ok(`The gateway sees this machine's own (${network})${others(forged)}`);
  const isOtherKnown = ownAddresses.some((own) => isIP(own) === isIP(network.split('/')[0] ?? ''));
  if (isOtherKnown)
    return address.problem(
      `The gateway sees an address of ${network}, which is not this machine's: most likely a proxy's. ${remedy}`,
    );
  return address.ok(
    `The gateway sees an address of ${network}${others(forged)}. If that is not where this machine goes out to the internet, it is a proxy's. ${remedy} then`,
  );
}

/** What can be said only where the request with forged headers came through; a guard may have refused it. */
function others(forged: IdentifiedClient | undefined): string {
  return forged
    ? ', and believes no other that a client writes'
    : '; a request that claims to be of another does not come through';
}

function unseenFinding({ address: kind }: IdentifiedClient, isProxyTrusted: boolean, isWithinNetwork: boolean): Finding {
  const saw = `The gateway sees ${kind === 'private' ? 'a private address' : 'no address that can be read'}`;
  if (!isProxyTrusted && isWithinNetwork)
    return address.warning(
      `${saw} of this machine, as the collector itself is at one. Check again where shoppers reach it from the internet; a proxy before it belongs into \`collector.trustedProxies\``,
    );
  if (!isProxyTrusted)
    return address.problem(
      `${saw} in place of the shopper's: most likely the proxy's. List the proxy in \`collector.trustedProxies\`, and have it tell \`X-Forwarded-For\``,
    );
  return address.warning(
    `${saw} of this machine. Where this machine reaches it from within your network, that is right, and a shopper's event tells more: see \`convey events --lacks address\`. Else have the proxy tell \`X-Forwarded-For\`, and list every proxy on the way in \`collector.trustedProxies\``,
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
  { proxies: { countryHeader, trustedProxies }, site }: LiveEvidence,
  plain: IdentifiedClient,
  forged: IdentifiedClient | undefined,
): readonly Finding[] {
  const isAsked = site.consent.policy === 'regional';
  const meaning = isAsked ? ', so silence about consent counts as denied for everyone (policy `regional`)' : '';
  if (forged?.country === spoofedClient.country)
    return [
      country.problem(
        `A client that writes \`${countryHeader ?? ''}\` itself is believed${isAsked ? ', and can choose whose consent rules hold' : ''}. Have the proxy set the header anew for every request, or take it away before it knows the country`,
      ),
    ];
  if (plain.country !== undefined) return [country.ok(`The gateway sees ${plain.country} for this machine${others(forged)}`)];
  if (countryHeader === undefined || trustedProxies.length === 0) {
    const none = `The gateway has no source of it${meaning}`;
    return [
      isAsked
        ? country.warning(
            `${none}. Set \`collector.countryHeader\` to the header in which your proxy tells it, and list the proxy in \`collector.trustedProxies\``,
          )
        : country.ok(`${none}, which is no matter under the policy \`${site.consent.policy}\``),
    ];
  }
  const missing = `\`${countryHeader}\` does not arrive, or holds no country${meaning}. Have the proxy set it, and see that the proxy's address is in \`collector.trustedProxies\``;
  return [isAsked ? country.problem(missing) : country.warning(missing)];
}
