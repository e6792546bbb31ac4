import { lookup } from 'node:dns/promises';
import { BackupError } from '../model/errors';

export type IpMode = 'ipv4' | 'ipv6';

const families = { ipv4: 4, ipv6: 6 } as const;

/** An address of a server, of the wanted kind; `unavailable` when its name has none. */
export async function addressOf(server: string, mode?: IpMode): Promise<{ address: string; mode: IpMode }> {
  try {
    const { address, family } = await lookup(server, { family: mode === undefined ? 0 : families[mode] });
    return { address, mode: family === 6 ? 'ipv6' : 'ipv4' };
  } catch (cause) {
    throw new BackupError(
      'unavailable',
      `the server ${server} has no ${mode ?? 'IP'} address`,
      { hint: "correct its name or ipMode in the task's target, or look at this host's DNS" },
      { cause },
    );
  }
}
