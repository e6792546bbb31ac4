import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BackupError } from '../../model/errors';
import { type HdfsSpec, pathIn } from '../../model/hdfs';
import { type Login, simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import type { DataSourceHarness } from '../../sources/data-conformance';
import { type HdfsSourceOptions, openHdfsSource } from '../../sources/hdfs';
import type { EmbeddedHdfs } from '../../embedded/hdfs';

export const root = simpleLogin({ user: 'root' });

/** What a test of the source does with an HDFS beside the source. */
export interface HdfsFixture extends DataSourceHarness<HdfsSpec> {
  readonly dfs: WebHdfs;
  /** All files and directories below a path, and what is written in them. */
  tree(path: string): Promise<readonly string[]>;
}

/** Directories of a real HDFS, for the source and for those who use them. */
export function openHdfsFixture(
  { httpAddress, nameService, uri }: EmbeddedHdfs,
  paths: readonly string[],
  options: Partial<HdfsSourceOptions> = {},
): HdfsFixture {
  const hdfs = { nameService, uri, nameNodes: [httpAddress] };
  const dfs = openWebHdfs([httpAddress], root);
  const pathOf = (at: string) => pathIn(hdfs, at)!;
  let changes = 0;
  return {
    dfs,
    source: openHdfsSource({ login: root, ...options }),
    spec: { hdfs, paths },
    paths,
    // One small file each time: writing one takes HDFS longer than all the rest.
    async change(path) {
      changes += 1;
      for (const old of (await dfs.status(path)) ? await namesOf(dfs, path) : []) {
        if (old.startsWith('sub') && !old.endsWith(` ${changes - 1}`)) await dfs.remove(`${path}/${old}`);
      }
      await dfs.mkdirs(`${path}/sub ${changes}`);
      await dfs.create(`${path}/%41+#?&ü 漢.txt`, Buffer.from(`content ${changes}`), { overwrite: true });
    },
    locate: (path) => ({ uri: uri + path }),
    copy: (tree) => copyTree(dfs, { from: pathOf(tree.from.uri), to: pathOf(tree.to.uri) }),
    newPath: () => `/new/${(changes += 1)}/%41 ü/place`,
    forgetNew: () => dfs.remove('/new'),
    traces: () => tracesIn(dfs),
    tree: (path) => treeOf(dfs, path),
  };
}

/** Plain and slow, instead of DistCp: what is there goes, all is copied. */
export async function copyTree(dfs: WebHdfs, { from, to }: Record<'from' | 'to', string>): Promise<void> {
  await dfs.mkdirs(to);
  for await (const { name } of dfs.list(to)) await dfs.remove(`${to}/${name}`);
  const { permission } = (await dfs.status(from))!;
  for await (const { name, type } of dfs.list(from)) {
    if (type === 'directory') await copyTree(dfs, { from: `${from}/${name}`, to: `${to}/${name}` });
    else await dfs.create(`${to}/${name}`, Readable.from([await buffer(await dfs.open(`${from}/${name}`))]));
  }
  await dfs.setPermission(to, permission);
}

/** What may have snapshots, the snapshots, what is hidden, and the marks. */
async function tracesIn(dfs: WebHdfs): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { path } of await dfs.snapshottableDirectories())
    found.push(`${path} allowed`, ...(await dfs.snapshotsOf(path)).map(({ name }) => `${path} has ${name}`));
  for await (const path of directoriesIn(dfs, '/')) {
    if (path.includes('/.cairn')) found.push(path);
    for (const [name, value] of await dfs.xattrsOf(path))
      if (name.includes('cairn')) found.push(`${path} ${name}=${value}`);
  }
  return found;
}

async function namesOf(dfs: WebHdfs, path: string): Promise<readonly string[]> {
  const names = [];
  for await (const { name } of dfs.list(path)) names.push(name);
  return names;
}

async function* directoriesIn(dfs: WebHdfs, path: string): AsyncIterable<string> {
  yield path;
  for await (const { name, type } of dfs.list(path)) {
    const below = `${path === '/' ? '' : path}/${name}`;
    if (type === 'directory') yield* directoriesIn(dfs, below);
    else if (name.startsWith('.cairn')) yield below;
  }
}

async function treeOf(dfs: WebHdfs, path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, type } of dfs.list(path)) {
    const below = `${path}/${name}`;
    if (type === 'directory') found.push(below, ...(await treeOf(dfs, below)));
    else found.push(`${below} ${(await buffer(await dfs.open(below))).toString()}`);
  }
  return found;
}

/** A login that is cut off, as its process is killed, at the nth request that changes something. */
export interface CutLogin {
  readonly login: Login;
  /** Whether it came to that. */
  wasCut(): boolean;
}

/** `sent`: the request arrives, its answer does not. */
export function cutAt(n: number, how: 'unsent' | 'sent'): CutLogin {
  let changes = 0;
  let isCut = false;
  const killed = () => new BackupError('unavailable', 'killed here');
  const login: Login = {
    ...root,
    async send(url, outgoing) {
      if (isCut) throw killed();
      const isChange = outgoing.method !== undefined && outgoing.method !== 'GET' && isNameNodes(url);
      if (isChange) changes += 1;
      if (!isChange || changes < n) return root.send(url, outgoing);
      isCut = true;
      if (how === 'sent') (await root.send(url, outgoing)).resume();
      throw killed();
    },
  };
  return { login, wasCut: () => isCut };
}

/** What is said beside it may be more. */
export function unlessKilled(error: unknown): void {
  if (!(error instanceof BackupError) || !error.what.startsWith('killed here')) throw error;
}

/** What a DataNode is asked to write has been made by the NameNode already. */
function isNameNodes(url: URL): boolean {
  return !url.searchParams.has('namenoderpcaddress');
}
