import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openDistCp } from '../../copiers/dist-cp';
import type { Control, Progress } from '../../model/control';
import type { Copier, Copy, CopyTree } from '../../model/copier';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import type { TwoClusters } from '../kit/two-clusters';

/** Two clusters with what a test of a copier does on them. */
export interface Copying {
  readonly source: WebHdfs;
  readonly target: WebHdfs;
  /** Another copier for each worker. Each has a folder of its own on this host. */
  worker(user?: string): Promise<Copier>;
  tree(from: string, to: string): CopyTree;
  /** Every line that a tree consists of: what is there, and everything that it has. */
  look(hdfs: WebHdfs, root: string): Promise<string[]>;
}

export function openCopying({ source, remote, yarn, folder }: TwoClusters): Copying {
  const login = simpleLogin({ user: 'root' });
  const hdfs = new Map([source, remote].map(({ uri, httpAddress }) => [uri, httpAddress]));
  const at = (uri: string, user = 'root') => {
    const found = [...hdfs].find(([one]) => uri.startsWith(`${one}/`));
    if (found === undefined) throw new Error(`no HDFS of ${uri}`);
    return { webHdfs: openWebHdfs([found[1]], simpleLogin({ user })), path: uri.slice(found[0].length) };
  };
  return {
    source: openWebHdfs([source.httpAddress], login),
    target: openWebHdfs([remote.httpAddress], login),
    worker: async (user = 'root') =>
      openDistCp({
        login: simpleLogin({ user }),
        hadoop: { hadoop: source.hadoopCommand, confDir: source.confDir },
        yarn: yarn === undefined ? 'none' : { resourceManagers: [yarn.httpAddress] },
        openHdfs: (uri) => at(uri, user),
        spool: await mkdtemp(join(folder, 'spool-')),
      }),
    tree: (from, to) => ({ from: { uri: source.uri + from }, to: { uri: remote.uri + to } }),
    look,
  };
}

async function look(hdfs: WebHdfs, root: string): Promise<string[]> {
  const lines: string[] = [];
  const visit = async (path: string) => {
    const status = (await hdfs.status(path))!;
    const isFile = status.type === 'file';
    const all = {
      ...{ name: path.slice(root.length), type: status.type, bytes: status.bytes, modified: status.modified },
      ...{ owner: status.owner, group: status.group, permission: status.permission },
      ...{ replication: status.replication, blockSize: status.blockSize },
      ...{ acl: await hdfs.aclOf(path), xattrs: [...(await hdfs.xattrsOf(path))].sort() },
      ...{ checksum: isFile ? (await hdfs.fileChecksum(path)).bytes : '' },
    };
    lines.push(JSON.stringify(all));
    if (!isFile) for await (const { name } of hdfs.list(path)) await visit(`${path}/${name}`);
  };
  await visit(root);
  return lines;
}

let copies = 0;

/** A copy of its own; slow with so few bytes a second that it does not end by itself in a test. */
export function copyOf(trees: readonly CopyTree[], { queue = 'default', maps = 2, bandwidth = 100 } = {}): Copy {
  copies += 1;
  return { id: `copy-${process.pid}-${copies}`, trees, limits: { queue, maps, bandwidth } };
}

/** A control that keeps what it is told. */
export function listening(signal = new AbortController().signal): Control & { readonly heard: Progress[] } {
  const heard: Progress[] = [];
  return { signal, resume: undefined, report: (progress) => void heard.push(progress), heard };
}
