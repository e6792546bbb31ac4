import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HadoopCommand } from '../../servers/hadoop-command';
import { editsName, imageName } from '../../servers/name-node';
import { segment, syntheticImage, type SyntheticImage } from './name-node-data';

/** What a fake NameNode does wrong, until it is told otherwise. */
export interface Misdeeds {
  image?: 'short' | 'wrong digest' | 'busy' | 'stalled' | 'no image' | 'refused';
  edits?: 'short' | 'damaged' | 'busy' | 'lost' | 'lost first';
  /** What its `hdfs dfsadmin -rollEdits` says instead of doing it. */
  roll?: { readonly exitCode: number; readonly stderr: string } | 'other cluster';
  state?: 'standby' | 'observer' | 'starting';
}

/**
 * A NameNode's HTTP interface without a NameNode: for what a real one cannot be made to do. Its RPC answers nobody.
 */
export interface FakeNameNode {
  readonly address: string;
  /** A script that does what `hdfs dfsadmin -rollEdits` does, to this one. */
  readonly hadoop: HadoopCommand;
  readonly misdeeds: Misdeeds;
  /** Paths and queries that were asked for. */
  readonly asked: readonly string[];
  /** Writes transactions into the open segment. */
  write(transactions: number): void;
  /** Ends the open segment; returns the first transaction of the next one. */
  roll(): number;
  /** Writes a checkpoint of this size that holds everything so far. */
  checkpoint(bytes: number): void;
  /** Called right before it answers a request for its image. */
  beforeImage?: () => void;
  close(): Promise<void>;
}

export interface FakeNameNodeOptions {
  /** Where its script is put. */
  readonly folder: string;
  readonly imageBytes?: number;
}

export const fakeStorage = { layoutVersion: -67, namespaceId: 4711, cTime: 1795368459584, clusterId: 'CID-fake one' };
export const fakeBlockPool = 'BP-1-127.0.0.1-1795368459584';

export async function startFakeNameNode({ folder, imageBytes = 100_000 }: FakeNameNodeOptions): Promise<FakeNameNode> {
  const edits = new Map<string, Buffer>();
  const asked: string[] = [];
  const image = { txId: 0, file: syntheticImage(imageBytes) };
  let [open, last] = [1, 1];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    answer(fake, { edits, image, open: () => open }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeNameNode = {
    address,
    hadoop: { hdfs: await writeScript(folder, address) },
    misdeeds: {},
    asked,
    write: (transactions) => void (last += transactions),
    roll() {
      last += 1;
      edits.set(editsName(open, last), segment(open, last));
      open = last += 1;
      return open;
    },
    checkpoint(bytes) {
      fake.roll();
      Object.assign(image, { txId: open - 1, file: syntheticImage(bytes) });
    },
    close: () => end(server),
  };
  return fake;
}

interface Store {
  readonly edits: ReadonlyMap<string, Buffer>;
  readonly image: { readonly txId: number; readonly file: SyntheticImage };
  open(): number;
}

async function answer(fake: FakeNameNode, store: Store, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url!, 'http://fake');
  if (url.pathname === '/jmx') return sendBean(fake, store, url.searchParams.get('qry') ?? '', response);
  if (url.pathname === '/roll') return sendRoll(fake, response);
  const expected = url.searchParams.get('storageInfo');
  if (expected !== null && expected !== storageInfo) return refuse(response, 403, otherStorage(expected));
  if (url.searchParams.has('getimage')) return sendImage(fake, store, response);
  return sendEdits(fake, store, url.searchParams, response);
}

const storageInfo = Object.values(fakeStorage).join(':');
const otherStorage = (expected: string) =>
  `This namenode has storage info ${storageInfo} but the secondary expected ${expected}`;

function sendBean(fake: FakeNameNode, store: Store, query: string, response: ServerResponse): void {
  const stream = `EditLogFileOutputStream(/name/current/edits_inprogress_${String(store.open()).padStart(19, '0')})`;
  const isActive = fake.misdeeds.state === undefined;
  const about = {
    SoftwareVersion: '3.4.3',
    ClusterId: fakeStorage.clusterId,
    BlockPoolId: fakeBlockPool,
    JournalTransactionInfo: JSON.stringify({ MostRecentCheckpointTxId: String(store.image.txId) }),
    NameJournalStatus: JSON.stringify(isActive ? [{ stream }] : [{ stream: 'open for read' }]),
  };
  const status = { State: fake.misdeeds.state ?? 'active', HostAndPort: '127.0.0.1:1' };
  const beans = query.endsWith('NameNodeInfo') ? [about] : query.endsWith('NameNodeStatus') ? [status] : [];
  response.end(JSON.stringify({ beans: fake.misdeeds.state === 'starting' ? [] : beans }));
}

async function sendImage(fake: FakeNameNode, { image }: Store, response: ServerResponse): Promise<void> {
  fake.beforeImage?.();
  const { image: misdeed } = fake.misdeeds;
  if (misdeed === 'busy') return refuse(response, 410, 'GetImage failed. java.io.IOException: Too many open files');
  if (misdeed === 'refused')
    return refuse(response, 403, 'Only Namenode, Secondary Namenode, and administrators may access this servlet');
  response.setHeader('Content-Disposition', `attachment; filename=${imageName(image.txId)}`);
  response.setHeader('X-MD5-Digest', misdeed === 'wrong digest' ? '0'.repeat(32) : image.file.md5);
  response.setHeader('Content-Length', image.file.bytes);
  await pipeline(Readable.from(imageChunks(image.file, misdeed)), response);
}

async function* imageChunks({ bytes, chunks }: SyntheticImage, misdeed: Misdeeds['image']): AsyncIterable<Buffer> {
  let sent = 0;
  for (const chunk of chunks()) {
    if (misdeed === 'no image') chunk.fill(0);
    const isHalf = sent + chunk.length >= bytes / 2;
    if (isHalf && misdeed === 'short') throw new Error('the line broke');
    if (isHalf && misdeed === 'stalled') await new Promise(() => undefined);
    yield chunk;
    sent += chunk.length;
  }
}

function sendEdits(fake: FakeNameNode, { edits }: Store, asked: URLSearchParams, response: ServerResponse): void {
  const [start, end] = [asked.get('startTxId'), asked.get('endTxId')].map(Number);
  const { edits: misdeed } = fake.misdeeds;
  const isLost = misdeed === 'lost' || (misdeed === 'lost first' && start === 1);
  const found = isLost ? undefined : edits.get(editsName(start!, end!));
  if (misdeed === 'busy') return refuse(response, 410, 'GetImage failed. java.io.IOException: Too many open files');
  if (found === undefined)
    return refuse(
      response,
      410,
      `GetImage failed. java.io.IOException: No edits file for txid ${start}-${end} exists!?\tat org.apache.hadoop`,
    );
  const bytes = Buffer.from(found);
  if (misdeed === 'damaged') bytes[bytes.length - 10]! ^= 1;
  response.setHeader('Content-Length', bytes.length);
  if (misdeed !== 'short') return void response.end(bytes);
  response.write(bytes.subarray(0, -10), () => response.destroy());
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, reason, { 'Content-Length': 0 });
  response.end();
}

/** Answers the script: its exit code, then what it prints. */
function sendRoll(fake: FakeNameNode, response: ServerResponse): void {
  const { roll } = fake.misdeeds;
  if (roll === 'other cluster') return void response.end('0\nNew segment starts at txid 999999');
  if (roll !== undefined) return void response.end(`${roll.exitCode}\n${roll.stderr}`);
  response.end(`0\nSuccessfully rolled edit logs.\nNew segment starts at txid ${fake.roll()}`);
}

async function writeScript(folder: string, address: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'hdfs');
  const program = `
    if (!process.argv.includes('-rollEdits')) { console.error('unknown command'); process.exit(1); }
    require('http').get('${address}/roll', (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece)).on('end', () => {
        const [code, ...lines] = text.split('\\n');
        process[code === '0' ? 'stdout' : 'stderr'].write(lines.join('\\n') + '\\n');
        process.exitCode = Number(code);
      });
    });`;
  await writeFile(`${file}.js`, program);
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${file}.js' "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
