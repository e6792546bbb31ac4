import { utils } from 'ssh2';

/** How a private key is locked. */
export type KeyLock = NonNullable<Parameters<typeof utils.generateKeyPairSync>[1]>;

/** The name, its length, and the 32 bytes of an Ed25519 key with theirs. */
const publicKeyBytes = 4 + 'ssh-ed25519'.length + 4 + 32;

/** A new Ed25519 key as OpenSSH writes it: `public` without a comment, `private` locked if asked. */
export function newSshKey(lock: KeyLock = {}): { private: string; public: string } {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', lock);
    // ssh2 1.17 takes zeros from the front of a public key: one of 256 has too few bytes, and nobody can read it.
    const [, encoded = ''] = pair.public.split(' ');
    if (Buffer.from(encoded, 'base64').length === publicKeyBytes) return pair;
  }
}
