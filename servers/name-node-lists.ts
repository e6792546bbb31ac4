import { Reader, Writer } from 'protobufjs/minimal';
import { BackupError, isKind } from '../model/errors';
import { type HadoopCommand, runHadoop } from './hadoop-command';
import { callHadoop, fieldsOf } from './hadoop-rpc';
import type { Login } from './login';
import { readInfo } from './name-node-info';

/** Lists that a NameNode gives to superusers by its RPC only; where the login cannot speak it, the `hdfs` command asks. */
export interface NameNodeAccess {
  /** The NameNodes' HTTP addresses, of which the active one is found; it tells where its RPC is. */
  readonly addresses: readonly string[];
  readonly login: Login;
  /** Needed only where the login cannot speak RPC. */
  readonly command?: HadoopCommand;
  readonly signal?: AbortSignal;
}

/** A file that somebody has open for writing. */
export interface OpenFile {
  readonly path: string;
  /** As HDFS names it, such as `DFSClient_NONMAPREDUCE_-12_34`. */
  readonly client: string;
}

/** The roots of all encryption zones. `denied` for others than superusers, `unsupported` without RPC and command. */
export async function encryptionZones(access: NameNodeAccess): Promise<readonly string[]> {
  if (access.login.rpcUser === undefined) return zonesPrinted(await runFor(access, ['crypto', '-listZones']));
  const call = await openRpc(access, access.login.rpcUser);
  const zones: string[] = [];
  for await (const zone of paged((after) => call('listEncryptionZones', requestAfter(after).finish()), zoneIn))
    zones.push(zone);
  return zones;
}

/** Files open for writing in a directory or anywhere below it, at most so many. Errors as of `encryptionZones`. */
export async function openFiles(access: NameNodeAccess, below: string, most: number): Promise<readonly OpenFile[]> {
  const found: OpenFile[] = [];
  for await (const file of allOpenFiles(access, below)) {
    if (found.length >= most) break;
    // Old NameNodes pass over the directory that they are given.
    if (isBelow(file.path, below)) found.push(file);
  }
  return found;
}

async function* allOpenFiles(access: NameNodeAccess, below: string): AsyncIterable<OpenFile> {
  if (access.login.rpcUser === undefined)
    return yield* openFilesPrinted(await runFor(access, ['dfsadmin', '-listOpenFiles', '-path', below]));
  const call = await openRpc(access, access.login.rpcUser);
  // Of all kinds (1), and below this path (3).
  const request = (after: number) => requestAfter(after).uint32(16).int32(1).uint32(26).string(below).finish();
  yield* paged((after) => call('listOpenFiles', request(after)), openFileIn);
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Calls the active NameNode. */
async function openRpc({ addresses, login, signal }: NameNodeAccess, user: string) {
  const address = await activeRpcAddress(addresses, login, signal);
  return (method: string, request: Uint8Array) =>
    callHadoop({ address, user, protocol: clientProtocol, method, request, ...(signal && { signal }) });
}

const clientProtocol = 'org.apache.hadoop.hdfs.protocol.ClientProtocol';

async function activeRpcAddress(addresses: readonly string[], login: Login, signal?: AbortSignal): Promise<string> {
  let refusal: unknown = new BackupError('unavailable', `none of the NameNodes ${addresses.join(', ')} is active`);
  for (const address of addresses) {
    try {
      const info = await readInfo(address, login, signal);
      if (info.state === 'active') return info.rpcAddress;
    } catch (error) {
      if (!isKind(error, 'unavailable')) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Both lists ask for what comes after an id (1). */
function requestAfter(id: number): Writer {
  return new Writer().uint32(8).int64(id);
}

/** Both answer with entries (1), each with its id (1) and path (2), and with whether there are more (2). */
async function* paged<Entry>(
  ask: (after: number) => Promise<Uint8Array>,
  entryIn: (fields: Fields) => Entry,
): AsyncIterable<Entry> {
  for (let after = 0, hasMore = true; hasMore;) {
    const page = pageIn(await ask(after));
    yield* page.entries.map(entryIn);
    after = Number(page.entries.at(-1)?.get(1) ?? after);
    hasMore = page.hasMore && page.entries.length > 0;
  }
}

type Fields = ReturnType<typeof fieldsOf>;

function pageIn(answer: Uint8Array): { readonly entries: readonly Fields[]; readonly hasMore: boolean } {
  const [reader, entries] = [Reader.create(answer), [] as Fields[]];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) entries.push(fieldsOf(reader.bytes()));
    else reader.skipType(tag & 7);
  }
  return { entries, hasMore: fieldsOf(answer).get(2) === 1 };
}

/** EncryptionZoneProto. */
function zoneIn(fields: Fields): string {
  return textIn(fields.get(2));
}

/** OpenFilesBatchResponseProto: the client's name is 3. */
function openFileIn(fields: Fields): OpenFile {
  return { path: textIn(fields.get(2)), client: textIn(fields.get(3)) };
}

function textIn(field: number | Uint8Array | undefined): string {
  return field instanceof Uint8Array ? Buffer.from(field).toString('utf8') : '';
}

async function runFor({ command, login, signal }: NameNodeAccess, args: readonly string[]): Promise<string> {
  if (command === undefined) {
    throw new BackupError(
      'unsupported',
      `this login cannot speak to the RPC, and no command stands for \`${args[0]}\``,
      {
        hint: "name the cluster's `hdfs` command in cairn.yaml",
      },
    );
  }
  const { stdout } = await runHadoop(command, login, args, { ...(signal && { signal }) });
  if (stdout.length < keptOutput) return stdout;
  throw new BackupError('unsupported', `what \`${args.join(' ')}\` prints is too long to be read whole`);
}

/** Of a longer output `runHadoop` keeps the end only. */
const keptOutput = 256 * 1024;

/** Each line is a path, filled with spaces, and the name of a key. */
function zonesPrinted(text: string): string[] {
  return text.split('\n').flatMap((line) => /^(\/.*?)\s+\S+\s*$/.exec(line)?.[1] ?? []);
}

/** Each line is host, client and path, between tabs; the first two are filled with spaces behind, the path before. */
function openFilesPrinted(text: string): OpenFile[] {
  return text.split('\n').flatMap((line) => {
    const [, client, path] = /^[^\t]*\t([^\t]*)\t *(\/.*)$/.exec(line) ?? [];
    return client === undefined || path === undefined ? [] : [{ path, client: client.trim() }];
  });
}
