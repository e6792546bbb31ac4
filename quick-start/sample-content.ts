/** What the files of the sample hold. */
import { createCipheriv, createHash } from 'node:crypto';

/** So many bytes that look random: the same for the same seed, others for another. */
export function contentOf(seed: string, bytes: number): Buffer {
  const digest = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-128-ctr', digest.subarray(0, 16), digest.subarray(16)).update(Buffer.alloc(bytes));
}
