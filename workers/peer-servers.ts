import type { Plugins } from '../activities/plugins';
import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import type { ServeConfig } from '../model/mirror-schema';
import { checkSecret } from '../servers/peer';
import { listenAddress } from './listen';
import { log } from './log';
import { type Listen, type PeerServer, type Served, servePeers } from './peer-server';

export type { PeerServer } from './peer-server';

/** Serves this host's LocalBackup to the other management hosts, for the clusters that want it; those of one address together. */
export async function openPeerServers(config: WorkerConfig, plugins: Plugins): Promise<readonly PeerServer[]> {
  const byPlace = new Map<string, { listen: Listen; clusters: Served[] }>();
  for (const { id: cluster, localBackup } of config.clusters) {
    const { hosts, serve } = localBackup;
    if (serve === undefined || !hosts.includes(plugins.host)) continue;
    await checkSecret(serve, `localBackup.serve of cluster ${cluster}`);
    const listen = listenOf(cluster, plugins.host, serve);
    const key = JSON.stringify([listen.host, listen.port]);
    const place = byPlace.get(key) ?? { listen, clusters: [] };
    if (JSON.stringify(place.listen) !== JSON.stringify(listen)) throw notTheSame(cluster, place.clusters[0]!.cluster);
    byPlace.set(key, { listen, clusters: [...place.clusters, { cluster, serve }] });
  }
  const opened: PeerServer[] = [];
  try {
    for (const { listen, clusters } of byPlace.values()) {
      opened.push(await servePeers(listen, clusters, plugins));
      log.info('LocalBackup is served to the other management hosts', {
        port: listen.port,
        clusters: clusters.map(({ cluster }) => cluster),
      });
    }
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw error;
  }
  return opened;
}

function listenOf(cluster: string, host: string, { addresses, listen, tls }: ServeConfig): Listen {
  const url = new URL(addresses[host]!);
  const isSecure = url.protocol === 'https:';
  if (isSecure && tls === undefined)
    throw new BackupError('invalid', `localBackup.serve of cluster ${cluster}: ${url.origin} needs a certificate`, {
      hint: 'give tls.certificate and tls.key, or an address that begins with http',
    });
  const at = listen === undefined ? { port: Number(portIn(addresses[host]!)) } : listenAddress(listen);
  return { ...at, ...(isSecure && { tls: tls! }) };
}

/** A URL leaves out the port that its scheme has anyway. */
function portIn(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

function notTheSame(cluster: string, other: string): BackupError {
  return new BackupError(
    'invalid',
    `localBackup.serve: clusters ${other} and ${cluster} share a port, but not its TLS`,
    {
      hint: 'take the same tls for both, or two ports',
    },
  );
}
