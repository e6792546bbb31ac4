import { createHash } from 'node:crypto';

/** How a server's key is told from a foreign one. */
export interface HostKeyRule {
  /** The only algorithms to ask for, where the kind of the key is known. */
  readonly algorithms?: readonly string[];
  accepts(key: Buffer): boolean;
}

/** By the fingerprint or the line of `known_hosts` that a target has; one that has neither accepts no server. */
export function hostKeyRule(written: string | undefined): HostKeyRule {
  if (written === undefined) return { accepts: () => false };
  if (written.startsWith('SHA256:')) return { accepts: (key) => fingerprintOf(key) === written };
  const [, type = '', key = ''] = /(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) (\S+)/.exec(written) ?? [];
  const wanted = Buffer.from(key, 'base64');
  const algorithms = type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
  return { algorithms, accepts: (shown) => shown.equals(wanted) };
}

/** As `ssh-keygen -l` writes it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** `ssh-ed25519` and so on: a key begins with its type's length and name. */
export function keyTypeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return length > 0 && length <= 40 ? key.toString('latin1', 4, 4 + length).replace(/[^a-z0-9-]/g, '?') : 'unknown';
}
