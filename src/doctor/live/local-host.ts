import { BlockList, isIP } from 'node:net';

/** Whether a URL's host is this machine by its name, where plain http harms nobody. */
export function isLocalName(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

const ownNetworks = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  ownNetworks.addSubnet(network, prefix);
ownNetworks.addAddress('::1', 'ipv6');
ownNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Whether the address is of this machine or of a network behind a router: who is asked there sees such addresses only. */
export function isOwnNetwork(address: string): boolean {
  return ownNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
