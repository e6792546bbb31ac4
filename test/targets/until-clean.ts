import type { BackupTarget } from '../../model/target';
import { until } from '../kit/pauses';

/**
 * Cleans until nothing is left but what shall be: what a server had been asked for before a put was given up, or its process
 * killed, may come after a first clean.
 */
export async function untilClean(target: BackupTarget, isClean: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    await target.clean?.('');
    return await isClean();
  });
}
