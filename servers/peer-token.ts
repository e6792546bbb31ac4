import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * How workers of management hosts know each other: by a secret that they share, and that never goes over the wire. A token
 * is good for one question to one host, for a minute. An answer that decides what is kept carries a proof, made of the
 * question's token and of the answer: so nobody in between can make one up, also without TLS.
 */
export interface Question {
  /** The host that is asked. */
  readonly host: string;
  /** Path and query, as they go over the wire. */
  readonly target: string;
}

/** Clocks may differ by so much, too. */
export const tokenSeconds = 60;
const scheme = 'Cairn-Peer';

/** The value of the header `authorization`. */
export function tokenFor(secret: string, question: Question, now: number): string {
  const expires = Math.floor(now / 1000) + tokenSeconds;
  const nonce = randomBytes(16).toString('hex');
  return `${scheme} ${expires}.${nonce}.${macOf(secret, 'question', question.host, question.target, `${expires}`, nonce)}`;
}

/** Why a token is not good for a question; undefined when it is. */
export function problemOfToken(
  secret: string,
  question: Question,
  header: string | undefined,
  now: number,
): 'no token' | 'not this token' | 'expired' | undefined {
  const [, expires, nonce, mac] = /^Cairn-Peer (\d{10})\.([0-9a-f]{32})\.([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (expires === undefined || nonce === undefined || mac === undefined) return 'no token';
  const right = macOf(secret, 'question', question.host, question.target, expires, nonce);
  if (!isSame(mac, right)) return 'not this token';
  const left = Number(expires) - now / 1000;
  return left > 0 && left <= 2 * tokenSeconds ? undefined : 'expired';
}

/** The value of the header `x-cairn-proof` of an answer. */
export function proofOf(secret: string, token: string, body: Uint8Array): string {
  return macOf(secret, 'answer', token, createHmac('sha256', secret).update(body).digest('hex'));
}

export function isProven(secret: string, token: string, body: Uint8Array, proof: string | undefined): boolean {
  return proof !== undefined && isSame(proof, proofOf(secret, token, body));
}

/** No part can be taken for two, or two for one. */
function macOf(secret: string, ...parts: readonly string[]): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['cairn-peer-1', ...parts]))
    .digest('hex');
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
