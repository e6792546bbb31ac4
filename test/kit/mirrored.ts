import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port';
import type { WorkerConfig } from '../../model/config';
import type { PeerSet } from '../../model/mirror';
import { localFolderOf } from '../../model/names';
import { inventory } from '../../sets/mirror';
import { openLocalDir } from '../../targets/local-dir';
import { fakePlugins } from './fake-plugins';
import { type FakeCluster, fakeCluster, type Stage } from './stage';

/** What the workers of the management hosts share in tests: in the environment, as `CAIRN_TEST_PEERS`. */
export const peerSecret = 'a secret that management hosts share';

/** A fake cluster whose management hosts `<cluster>-1`, `<cluster>-2` … each have a LocalBackup and a worker of their own. */
export interface Mirrored {
  readonly id: string;
  readonly hosts: readonly FakeCluster[];
  /** Sets in the LocalBackup of the n-th host. */
  sets(host: number): Promise<readonly PeerSet[]>;
  names(host: number): Promise<readonly string[]>;
}

export interface MirroredOptions {
  readonly hosts?: number;
  readonly serve?: boolean;
  /** Puts something before the port that the first host serves at; gives the port that others then know. */
  readonly before?: (port: number) => Promise<number>;
  readonly settings?: Record<string, number>;
  readonly notifications?: object;
}

export async function mirroredCluster(
  stage: Stage,
  id: string,
  { hosts: count = 2, serve = true, before, settings = {}, notifications }: MirroredOptions = {},
): Promise<Mirrored> {
  process.env['CAIRN_TEST_PEERS'] = peerSecret;
  const numbers = { standbySeconds: 3, ...settings };
  const base = await fakeCluster(stage, id, numbers, { ...(notifications && { notifications }) });
  const names = Array.from({ length: count }, (_, place) => `${id}-${place + 1}`);
  const ports = await Promise.all(names.map(() => freePort()));
  const listen = before && `127.0.0.1:${ports[0]}`;
  if (before !== undefined) ports[0] = await before(ports[0]!);
  const addresses = Object.fromEntries(names.map((name, place) => [name, `http://127.0.0.1:${ports[place]}`]));
  const shared = { addresses, secret: { env: 'CAIRN_TEST_PEERS' } };
  const hosts = await Promise.all(
    names.map((host, place) => {
      const own = place === 0 && listen !== undefined ? { ...shared, listen } : shared;
      return hostOf(stage, base, host, names, serve ? own : undefined);
    }),
  );
  const sets = (host: number) => inventory(openLocalDir({ root: hosts[host]!.localBackup }), localFolderOf(id));
  return { id, hosts, sets, names: async (host) => (await sets(host)).map(({ name }) => name) };
}

type Serve = NonNullable<WorkerConfig['clusters'][number]['localBackup']['serve']>;

async function hostOf(
  stage: Stage,
  base: FakeCluster,
  host: string,
  hosts: string[],
  serve: Serve | undefined,
): Promise<FakeCluster> {
  const [localBackup, spool] = ['LocalBackup', 'spool'].map((name) => join(stage.folder, base.id, host, name)) as [
    string,
    string,
  ];
  for (const folder of [localBackup, spool]) await mkdir(folder, { recursive: true });
  const [cluster] = base.config.clusters;
  const config: WorkerConfig = {
    ...base.config,
    host,
    spool,
    clusters: [{ ...cluster!, localBackup: { path: localBackup, hosts, ...(serve && { serve }) } }],
  };
  return { ...base, config, localBackup, spool, plugins: fakePlugins(config, base.data, base.script, base.service) };
}
