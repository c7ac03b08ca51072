import { expect, test } from 'bun:test';
import { clientAddress } from '../../src/http/client-address.ts';

const PEER = '10.0.0.1';

const request = (forwarded?: string) =>
  new Request('http://localhost', {
    headers: forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded },
  });
const ofPeer = (peer: string | null) => clientAddress(request(), () => peer, 0);
const behind = (proxies: number, forwarded?: string) =>
  clientAddress(request(forwarded), () => PEER, proxies);

test('IPv4 is limited by the address, also where it comes in the clothes of IPv6', () => {
  const same = ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7'];
  for (const peer of same) expect(ofPeer(peer)).toBe('192.0.2.7');
  for (const peer of ['192.0.2.8', '::fffe:192.0.2.7', '::192.0.2.7', '1::ffff:192.0.2.7']) {
    expect(ofPeer(peer)).not.toBe('192.0.2.7');
  }
});

test('IPv6 is limited by its /64, in whichever way it is written', () => {
  const same = [
    '2001:db8:0:12::',
    '2001:db8:0:12::1',
    '2001:0DB8:0000:0012:ffff:ffff:ffff:ffff',
    '2001:db8::12:1:2:3:4',
    '2001:db8:0:12:5:6:192.0.2.7',
    '2001:db8:0:12::1%eth0',
  ];
  for (const peer of same) expect(ofPeer(peer)).toBe('2001:db8:0:12::/64');
  expect(ofPeer('2001:db8:0:13::1')).toBe('2001:db8:0:13::/64');
  expect(ofPeer('2001:db8::12')).toBe('2001:db8:0:0::/64');
  expect(ofPeer('::2:3:4:5:6:7')).toBe('0:0:2:3::/64');
  expect(ofPeer('1::')).toBe('1:0:0:0::/64');
  expect(ofPeer('::1')).toBe('0:0:0:0::/64');
  expect(ofPeer('::')).toBe('0:0:0:0::/64');
});

test('what proxies tell is not believed unless that is asked for', () => {
  expect(behind(0, '192.0.2.7')).toBe(PEER);
});

test('of a list, the client is where the first of our proxies has written it, whatever the client wrote before', () => {
  expect(behind(1, '192.0.2.7')).toBe('192.0.2.7');
  expect(behind(1, '198.51.100.1, 192.0.2.7')).toBe('192.0.2.7');
  expect(behind(1, 'x,,"\',198.51.100.1 ,\t192.0.2.7 ')).toBe('192.0.2.7');
  expect(behind(2, '198.51.100.1, 192.0.2.7, 10.0.0.2')).toBe('192.0.2.7');
  expect(behind(2, '198.51.100.1,2001:db8::1,10.0.0.2')).toBe('2001:db8:0:0::/64');
});

test('a header that comes twice is one list', () => {
  const twice = new Request('http://localhost');
  twice.headers.append('X-Forwarded-For', '198.51.100.1');
  twice.headers.append('X-Forwarded-For', '192.0.2.7');
  expect(clientAddress(twice, () => PEER, 1)).toBe('192.0.2.7');
});

test('a proxy may add the port', () => {
  expect(behind(1, '192.0.2.7:4711')).toBe('192.0.2.7');
  expect(behind(1, '[2001:db8::1]:4711')).toBe('2001:db8:0:0::/64');
  expect(behind(1, '[2001:db8::1]')).toBe('2001:db8:0:0::/64');
});

test('where no proxy has written an address, it is that of the connection', () => {
  const malformed = [
    ...['', ' ', ',', 'unknown', '_hidden', '192.0.2', '192.0.2.256', '192.0.2.07', '1', '0x7f.0.0.1', 'é'],
    ...[
      '192.0.2.7 x',
      '192.0.2.7:',
      '[192.0.2.7',
      '2001:db8',
      '2001:db8:::1',
      '1::2::3',
      '12345::',
      '[::1',
      '::g',
    ],
    ...['1:2:3:4:5:6:7:8:9', 'localhost', 'a'.repeat(100_000), '1:'.repeat(50_000), '192.0.2.7, x'],
  ];
  for (const forwarded of malformed) {
    expect([forwarded.slice(0, 40), behind(1, forwarded)]).toEqual([forwarded.slice(0, 40), PEER]);
  }
  expect(behind(1)).toBe(PEER);
  expect(behind(2, '192.0.2.7')).toBe(PEER);
});

test('clients without an address are one', () => {
  expect(ofPeer(null)).toBe('unknown');
  expect(clientAddress(request('x'), () => undefined, 1)).toBe('unknown');
});
