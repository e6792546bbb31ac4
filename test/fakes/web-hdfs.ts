import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer as createRpcServer, type AddressInfo, type Server as RpcServer } from 'node:net';
import { Writer } from 'protobufjs/minimal';
import type { HdfsAddress } from '../../model/hdfs';
import { type LargeEntry, type LargeTree, statusText } from './large-tree';

/**
 * An HDFS that holds more than a test could put into a real one: a large tree at every path that `mounts` matches, and
 * small files that are written to it. NameNode and DataNode are one HTTP server, and an RPC that knows of no encryption
 * zones and no open files. What it does not know it refuses by name.
 */
export interface FakeWebHdfs {
  readonly address: HdfsAddress;
  /** How often each operation was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  /** Snapshots by directory. */
  snapshots(): Record<string, string[]>;
  close(): Promise<void>;
}

export interface FakeWebHdfsOptions {
  readonly nameService: string;
  readonly tree: LargeTree;
  /** Matches a path in which the tree lies, at its beginning. */
  readonly mounts: RegExp;
  /** Entries of a page of a listing. */
  readonly page?: number;
}

export async function startFakeWebHdfs(options: FakeWebHdfsOptions): Promise<FakeWebHdfs> {
  const asked = new Map<string, number>();
  const state = newState(options);
  const rpc = await startRpc();
  const server = createServer((request, response) => {
    answer(state, asked, request, response).catch((error: unknown) =>
      refuse(response, error instanceof Refusal ? error : new Refusal(500, 'IOException', String(error))),
    );
  });
  await listen(server);
  const http = `http://127.0.0.1:${portOf(server)}`;
  Object.assign(state, { http, rpcAddress: `127.0.0.1:${portOf(rpc)}` });
  return {
    address: { nameService: options.nameService, uri: `hdfs://127.0.0.1:${portOf(rpc)}`, nameNodes: [http] },
    asked,
    snapshots: () =>
      Object.fromEntries([...state.snapshots].map(([path, frozen]) => [path, [...frozen.keys()].sort()])),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => rpc.close(resolve));
    },
  };
}

/** Small files and directories by path; the tree is not among them. */
type Nodes = Map<string, Buffer | undefined>;

interface State extends Required<FakeWebHdfsOptions> {
  readonly nodes: Nodes;
  /** By directory, which may have snapshots; then by name: what lay below it then. */
  readonly snapshots: Map<string, Map<string, Nodes>>;
  readonly xattrs: Map<string, Map<string, string>>;
  readonly http: string;
  readonly rpcAddress: string;
}

function newState(options: FakeWebHdfsOptions): State {
  const nodes: Nodes = new Map([['/', undefined]]);
  return { page: 1000, ...options, nodes, snapshots: new Map(), xattrs: new Map(), http: '', rpcAddress: '' };
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly exception: string,
    message: string,
  ) {
    super(message);
  }
}

const missing = (path: string) => new Refusal(404, 'FileNotFoundException', `File does not exist: ${path}`);
const notSnapshottable = (path: string) =>
  new Refusal(403, 'SnapshotException', `Directory is not a snapshottable directory: ${path}`);

async function answer(
  state: State,
  asked: Map<string, number>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url!, 'http://fake');
  if (url.pathname === '/jmx') return send(response, beans(state, url.searchParams.get('qry') ?? ''));
  const asks: Asked = {
    path: decodeURIComponent(url.pathname.replace('/webhdfs/v1', '')) || '/',
    param: (name) => url.searchParams.get(name) ?? '',
    isOfDataNode: url.searchParams.has('datanode'),
    url,
    request,
  };
  const operation = asks.param('op').toUpperCase();
  asked.set(operation, (asked.get(operation) ?? 0) + 1);
  const carryOut = operations[operation];
  if (carryOut === undefined)
    throw new Refusal(400, 'IllegalArgumentException', `the fake knows no ${operation} of ${asks.path}`);
  send(response, await carryOut(state, asks), request.method === 'PUT' && asks.isOfDataNode ? 201 : 200);
}

interface Asked {
  readonly path: string;
  param(name: string): string;
  readonly isOfDataNode: boolean;
  readonly url: URL;
  readonly request: IncomingMessage;
}

/** An object becomes JSON; `true` is what HDFS says of success. */
type Answered = object | string | Buffer | true;

const operations: Record<string, (state: State, asked: Asked) => Answered | Promise<Answered>> = {
  GETFILESTATUS: (state, { path }) => `{"FileStatus":${statusText('', entryAt(state, path))}}`,
  LISTSTATUS_BATCH: (state, asked) => listing(state, asked),
  GETFILECHECKSUM: (state, asked) => atDataNode(state, asked, () => checksum(state, asked.path)),
  OPEN: (state, asked) => atDataNode(state, asked, () => fileAt(state, asked.path)),
  CREATE: (state, asked) => atDataNode(state, asked, () => create(state, asked)),
  MKDIRS: (state, { path }) => mkdirs(state, path),
  RENAME: (state, { path, param }) => rename(state, path, param('destination')),
  DELETE: (state, { path }) => remove(state, path),
  GETXATTRS: (state, { path }) => ({
    XAttrs: [...(state.xattrs.get(path) ?? [])].map(([name, value]) => ({ name, value })),
  }),
  SETXATTR: (state, { path, param }) => {
    state.xattrs.set(path, (state.xattrs.get(path) ?? new Map()).set(param('xattr.name'), param('xattr.value')));
    return '';
  },
  REMOVEXATTR: (state, { path, param }) => (state.xattrs.get(path)?.delete(param('xattr.name')), ''),
  ALLOWSNAPSHOT: ({ snapshots }, { path }) => (snapshots.set(path, snapshots.get(path) ?? new Map()), ''),
  DISALLOWSNAPSHOT: ({ snapshots }, { path }) => (snapshots.delete(path), ''),
  GETSNAPSHOTTABLEDIRECTORYLIST: (state) => snapshottable(state),
  GETSNAPSHOTLIST: (state, { path }) => ({
    SnapshotList: [...snapshotsOf(state, path).keys()].map((name) => ({
      deletionStatus: 'ACTIVE',
      dirStatus: JSON.parse(statusText(name, directory)) as unknown,
    })),
  }),
  CREATESNAPSHOT: (state, { path, param }) => {
    const below = [...state.nodes].filter(([node]) => node.startsWith(`${path}/`));
    snapshotsOf(state, path).set(param('snapshotname'), new Map(below));
    return { Path: `${path}/.snapshot/${param('snapshotname')}` };
  },
  RENAMESNAPSHOT: (state, { path, param }) => {
    const frozen = snapshotsOf(state, path);
    frozen.set(param('snapshotname'), frozen.get(param('oldsnapshotname'))!);
    frozen.delete(param('oldsnapshotname'));
    return '';
  },
  DELETESNAPSHOT: (state, { path, param }) => {
    if (snapshotsOf(state, path).delete(param('snapshotname'))) return '';
    throw new Refusal(403, 'SnapshotException', `Cannot delete snapshot: the snapshot does not exist for ${path}`);
  },
  GETSNAPSHOTDIFFLISTING: (state, asked) => difference(state, asked),
};

const directory: LargeEntry = { type: 'directory', bytes: 0 };

/** The NameNode sends to the DataNode, which is the same server. */
function atDataNode(state: State, { isOfDataNode, url }: Asked, carryOut: () => Answered | Promise<Answered>) {
  return isOfDataNode ? carryOut() : { Location: `${state.http}${url.pathname}${url.search}&datanode=true` };
}

/** Where a path leads: into the tree, or to small files as they are or were. */
function placeOf(
  state: State,
  path: string,
): { readonly inTree?: string; readonly nodes: Nodes; readonly live: string } {
  const [, folder, snapshot, rest] = /^(.*)\/\.snapshot\/([^/]+)(.*)$/.exec(path) ?? [];
  const live = folder === undefined ? path : `${folder}${rest}`;
  const nodes = folder === undefined ? state.nodes : state.snapshots.get(folder)?.get(snapshot!);
  if (nodes === undefined) throw missing(path);
  const mount = state.mounts.exec(live)?.[0];
  return { nodes, live, ...(mount !== undefined && { inTree: live.slice(mount.length + 1) }) };
}

function entryAt(state: State, path: string): LargeEntry {
  const { inTree, nodes, live } = placeOf(state, path);
  if (inTree !== undefined) return state.tree.entryAt(inTree) ?? fail(missing(path));
  if (nodes.has(live)) return { type: nodes.get(live) ? 'file' : 'directory', bytes: nodes.get(live)?.length ?? 0 };
  if ([...nodes.keys()].some((node) => node.startsWith(`${live}/`)) || path.includes('/.snapshot/')) return directory;
  throw missing(path);
}

function listing(state: State, { path, param }: Asked): string {
  const { inTree, nodes, live } = placeOf(state, path);
  const small = () => namesIn(nodes, live).map((name) => statusText(name, entryAt(state, `${path}/${name}`)));
  const { statuses, remaining } =
    inTree === undefined
      ? { statuses: small().join(','), remaining: 0 }
      : state.tree.pageAt(inTree, param('startAfter'), state.page);
  return `{"DirectoryListing":{"partialListing":{"FileStatuses":{"FileStatus":[${statuses}]}},"remainingEntries":${remaining}}}`;
}

function namesIn(nodes: Nodes, path: string): string[] {
  const below = [...nodes.keys()].filter((node) => node.startsWith(`${path}/`));
  return [...new Set(below.map((node) => node.slice(path.length + 1).split('/')[0]!))].sort();
}

function checksum(state: State, path: string): object {
  const { inTree } = placeOf(state, path);
  const bytes = state.tree.checksumAt(inTree ?? fail(missing(path)));
  return { FileChecksum: { algorithm: 'MD5-of-0MD5-of-512CRC32C', bytes, length: 28 } };
}

function fileAt(state: State, path: string): Buffer {
  const { nodes, live } = placeOf(state, path);
  return nodes.get(live) ?? fail(missing(path));
}

async function create({ nodes }: State, { path, request }: Asked): Promise<Answered> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  nodes.set(path, Buffer.concat(chunks));
  return '';
}

function mkdirs({ nodes }: State, path: string): true {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (!nodes.has(at)) nodes.set(at, undefined);
  return true;
}

function rename({ nodes }: State, from: string, to: string): string {
  if (!nodes.has(from)) throw missing(from);
  nodes.set(to, nodes.get(from));
  nodes.delete(from);
  return '';
}

function remove({ nodes }: State, path: string): object {
  const gone = [...nodes.keys()].filter((node) => node === path || node.startsWith(`${path}/`));
  gone.forEach((node) => nodes.delete(node));
  return { boolean: gone.length > 0 };
}

function snapshotsOf({ snapshots }: State, path: string): Map<string, Nodes> {
  return snapshots.get(path) ?? fail(notSnapshottable(path));
}

function snapshottable({ snapshots }: State): object {
  const list = [...snapshots].map(([path, frozen]) => ({
    parentFullPath: path.slice(0, path.lastIndexOf('/')) || '/',
    dirStatus: JSON.parse(statusText(path.slice(path.lastIndexOf('/') + 1), directory)) as unknown,
    snapshotNumber: frozen.size,
    snapshotQuota: 65_536,
  }));
  return { SnapshottableDirectoryList: list };
}

/** Of small files only: nobody changes the tree. */
function difference(state: State, { path, param }: Asked): object {
  const [from, to] = ['oldsnapshotname', 'snapshotname'].map((name) => snapshotsOf(state, path).get(param(name))!);
  const changed = [...new Set([...from!.keys(), ...to!.keys()])].filter((node) => from!.get(node) !== to!.get(node));
  const modifyList = changed.map((node) => ({
    sourcePath: node.slice(path.length + 1),
    fileId: 1,
    isReference: false,
  }));
  const lists = { modifyList, createList: [], deleteList: [] };
  return { SnapshotDiffReportListing: { isFromEarlier: true, ...lists, lastPath: '', lastIndex: -1 } };
}

function beans({ nameService, rpcAddress }: State, query: string): object {
  const info = {
    SoftwareVersion: '3.4.3',
    ClusterId: `CID-${nameService}`,
    BlockPoolId: `BP-${nameService}`,
    JournalTransactionInfo: JSON.stringify({ MostRecentCheckpointTxId: '0' }),
    NameJournalStatus: '[]',
  };
  const status = { State: 'active', HostAndPort: rpcAddress };
  return { beans: [query.endsWith('NameNodeStatus') ? status : info] };
}

function send(response: ServerResponse, answered: Answered, status = 200): void {
  const text = answered === true ? '{"boolean":true}' : answered;
  const body = typeof text === 'string' || Buffer.isBuffer(text) ? text : JSON.stringify(text);
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function refuse(response: ServerResponse, { status, exception, message }: Refusal): void {
  const RemoteException = { exception, javaClassName: exception, message };
  send(response, { RemoteException }, status);
}

/** Answers each call with an empty page: what both lists of a NameNode say when they have nothing to tell. */
async function startRpc(): Promise<RpcServer> {
  const server = createRpcServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      // RpcResponseHeaderProto: call id 0, success; then an answer without entries that has no more.
      const header = new Writer().uint32(8).uint32(0).uint32(16).int32(0).finish();
      const page = new Writer().uint32(16).bool(false).finish();
      const messages = new Writer().bytes(header).bytes(page).finish();
      const length = Buffer.alloc(4);
      length.writeInt32BE(messages.length);
      socket.end(Buffer.concat([length, messages]));
    });
  });
  await listen(server);
  return server;
}

async function listen(server: HttpServer | RpcServer): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: HttpServer | RpcServer): number {
  return (server.address() as AddressInfo).port;
}

function fail(error: Error): never {
  throw error;
}
