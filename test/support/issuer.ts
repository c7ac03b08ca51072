import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import type { JWK } from 'jose';

/** A private key that an issuer of tokens signs with, and its public half as the issuer publishes it. */
export interface SigningKey {
  readonly alg: 'RS256' | 'ES256';
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly published: JWK;
}

export function makeKey(alg: SigningKey['alg'], kid: string): SigningKey {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  return { alg, kid, privateKey, published: { ...jwk, kid, alg, use: 'sig' } };
}

/** A JWT as somebody signs it, with no library that would refuse to sign what is wrong. */
export function signed(header: object, claims: unknown, sign: (input: string) => Buffer): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export const withSecret =
  (secret: string | Buffer, bits: 256 | 384 | 512 = 256) =>
  (input: string): Buffer =>
    createHmac(`sha${bits}`, secret).update(input).digest();

export const withKey =
  ({ privateKey }: SigningKey) =>
  (input: string): Buffer =>
    signBytes('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });

/** A server that publishes keys, and can be broken. */
export class Publisher {
  keys: readonly JWK[] = [];
  /** What it answers in the place of the keys. */
  broken: (() => Response) | null = null;
  /** How often it was asked. */
  asked = 0;
  private readonly server = Bun.serve({
    port: 0,
    fetch: () => {
      this.asked += 1;
      return this.broken === null ? Response.json({ keys: this.keys }) : this.broken();
    },
  });

  get url(): string {
    return `http://localhost:${this.server.port}/keys`;
  }

  stop(): Promise<void> {
    return this.server.stop(true);
  }
}
