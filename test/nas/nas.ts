import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupTarget } from '../../model/target';
import type { CifsShare } from '../../servers/cifs';
import type { NfsShare } from '../../servers/nfs';
import { openCifsTarget } from '../../targets/cifs';
import { openLocalDir } from '../../targets/local-dir';
import { openNfsTarget } from '../../targets/nfs';

/** What is tried on the machine that `machine.sh` sets up. Named where the tests are, run where the servers are. */
export interface NasCase {
  readonly name: string;
  /** Present where it is skipped: what the protocol does not offer. */
  readonly reasonNotTo?: string;
  run(nas: Nas): Promise<void>;
}

export const protocols = {
  'NFS 3': { nfs: 3 },
  'NFS 4.1': { nfs: 4.1 },
  'SMB 2.1': { cifs: 2.1 },
  'SMB 3': { cifs: 3 },
} as const;
export type Protocol = keyof typeof protocols;
export const protocolNames = Object.keys(protocols) as Protocol[];

/**
 * As the server names them: of these only `share`, `small` and `quota` can be written. `small` has 6 MiB; on `quota` as much
 * may belong to the owner of the sets.
 */
export type ShareName = 'share' | 'read-only' | 'closed' | 'small' | 'quota' | 'absent';

export interface OpenOptions {
  readonly share?: ShareName;
  readonly patienceMs?: number;
  /** Stays open when the case ends; else it is closed then, also where the case did not come to it. */
  readonly kept?: boolean;
  readonly mountPoints?: string;
  readonly more?: Partial<Omit<NfsShare & CifsShare, 'version'>> & { readonly version?: undefined };
}

export interface Nas {
  /** A folder for what the cases write. */
  readonly work: string;
  readonly mountPoints: string;
  readonly password: string;
  open(protocol: Protocol, options?: OpenOptions): BackupTarget;
  /** Closes what a case opened. */
  closeAll(): Promise<void>;
}

/** Where the server itself keeps what a share holds. */
export const behind = (share: ShareName, name = '') => join('/srv/nas', share, name);

export async function openNasSite(work: string): Promise<Nas> {
  const password = (await readFile(join(work, 'password'), 'utf8')).trim();
  const mountPoints = '/mnt/cairn';
  await mkdir(mountPoints, { recursive: true });
  const opened: BackupTarget[] = [];
  return {
    work,
    mountPoints,
    password,
    open(protocol, { kept = false, ...options } = {}) {
      const target = open(protocol, password, mountPoints, options);
      if (!kept) opened.push(target);
      return target;
    },
    async closeAll() {
      for (const target of opened.splice(0)) await target[Symbol.asyncDispose]();
    },
  };
}

function open(
  protocol: Protocol,
  password: string,
  ownMountPoints: string,
  { share = 'share', mountPoints = ownMountPoints, more, ...options }: OpenOptions = {},
): BackupTarget {
  const common = { ...options, mountPoints, openFolder: (root: string) => openLocalDir({ root }) };
  const versions = protocols[protocol];
  if ('nfs' in versions)
    return openNfsTarget({
      ...common,
      at: {
        server: '127.0.0.1',
        path: versions.nfs === 3 ? `/srv/nas/${share}` : `/${share}`,
        version: versions.nfs,
        ...more,
      },
    });
  const login = { username: 'backup-operator', password: () => Promise.resolve(password) };
  return openCifsTarget({
    ...common,
    at: { server: '127.0.0.1', path: `/${share}`, version: versions.cifs, ...login, ...more },
  });
}
