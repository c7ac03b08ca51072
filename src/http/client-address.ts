import { isIPv4, isIPv6 } from 'node:net';

/** What clients without an address that can be told share. */
const UNKNOWN = 'unknown';

/** The address at the other end of the connection of a request, if it is still there. */
export type PeerOf = (request: Request) => string | null | undefined;

/**
 * What the client of a request is limited by: its IPv4 address, or the /64 of its IPv6 address, of which one client has
 * all. Behind proxies of ours, the last of them writes last into `X-Forwarded-For`: so the client is the n-th from the
 * right, where n is how many there are. All that stands before, the client may have written itself.
 */
export function clientAddress(request: Request, peerOf: PeerOf, proxies: number): string {
  const told = proxies === 0 ? undefined : request.headers.get('x-forwarded-for')?.split(',').at(-proxies);
  return networkOf(told?.trim()) ?? networkOf(peerOf(request)) ?? UNKNOWN;
}

/** Undefined for what is no address. */
function networkOf(text: string | null | undefined): string | undefined {
  const address = withoutPort(text ?? '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const words = wordsOf(address.replace(/%.*/, ''));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = words;
  // An IPv4 client, as a socket for both kinds shows it.
  if (a + b + c + d + e === 0 && f === 0xffff) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${[a, b, c, d].map((word) => word.toString(16)).join(':')}::/64`;
}

/** Some proxies add the port, behind an IPv6 address in brackets. */
function withoutPort(text: string): string {
  const [, v4, v6] = /^(?:([\d.]+):\d+|\[([^\]]*)\](?::\d+)?)$/.exec(text) ?? [];
  return v4 ?? v6 ?? text;
}

/** The eight words of an IPv6 address; `::` stands for as many zeros as are missing. */
function wordsOf(address: string): number[] {
  const [left = [], right = []] = address.split('::').map((half) => {
    const words = half === '' ? [] : half.split(':');
    return words.flatMap((word) => (word.includes('.') ? wordsOfIPv4(word) : Number.parseInt(word, 16)));
  });
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** The last two words may be written as an IPv4 address is. */
function wordsOfIPv4(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
