import { closeSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { renameSync, rmdirSync, type Stats, unlinkSync, existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Attributes, type Login, Server, type ServedClient, type ServedSftp } from 'ssh2';
import { newSshKey } from '../servers/ssh-keys';

/** What this server does otherwise than a good one; may be changed while it serves. */
export interface Strangeness {
  /** Answers each entry of a directory twice. */
  doubled?: boolean;
  /** Names that every directory holds beside its own: `type` says as what. */
  extra?: readonly { readonly name: string; readonly type: 'file' | 'directory' }[];
  /** The k-th write of all fails with these words. */
  failingWrite?: { k: number; readonly words: string };
  /** Reads behind this offset find the end of the file. */
  endsAt?: number;
  /** Never answers reads and writes. */
  isHung?: boolean;
  /** Takes the password only as the answer to a question. */
  asksForPassword?: boolean;
  /** Knows logins only, no SFTP. */
  withoutSftp?: boolean;
}

/**
 * An SFTP server on a folder that lacks all of OpenSSH's extensions: it cannot rename onto a file, nor sync, nor tell its
 * space. For what real servers cannot be made to do.
 */
export interface FakeSftpServer {
  readonly server: '127.0.0.1';
  readonly port: number;
  readonly username: 'someone';
  readonly password: () => Promise<string>;
  readonly hostKey: string;
  readonly strange: Strangeness;
  close(): Promise<void>;
}

const password = 'a password';
const [ok, endOfFile, noSuchFile, failure] = [0, 1, 2, 4];

export async function startFakeSftpServer(root: string): Promise<FakeSftpServer> {
  const host = newSshKey();
  const strange: Strangeness = {};
  const clients = new Set<ServedClient>();
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('authentication', (login) => admit(login, strange));
    client.on('session', (accept) =>
      accept().on('sftp', (begin, reject) => (strange.withoutSftp ? reject() : serve(begin(), root, strange))),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server: '127.0.0.1',
    port: server.address().port,
    username: 'someone',
    password: async () => password,
    hostKey: host.public,
    strange,
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.end();
        server.close(resolve);
      }),
  };
}

function admit(login: Login, { asksForPassword = false }: Strangeness): void {
  const way = asksForPassword ? 'keyboard-interactive' : 'password';
  if (login.method !== way) return login.reject([way]);
  if (!asksForPassword) return login.password === password ? login.accept() : login.reject([way]);
  login.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
    answer === password ? login.accept() : login.reject([way]),
  );
}

function serve(sftp: ServedSftp, root: string, strange: Strangeness): void {
  const at = (path: string) => join(root, path);
  const listed = new Set<string>();
  /** Answers with what the work gives, or with the status that its error stands for. */
  const on = (request: string, work: (id: number, ...given: never[]) => void) =>
    sftp.on(request, (id, ...given) => {
      try {
        work(id, ...(given as never[]));
      } catch (error) {
        sftp.status(id, isAbsent(error) ? noSuchFile : failure, 'Failure');
      }
    });
  const done =
    (work: (...given: never[]) => void) =>
    (id: number, ...given: never[]) => {
      work(...given);
      sftp.status(id, ok);
    };
  on('LSTAT', (id, path: string) => sftp.attrs(id, attributesOf(lstatSync(at(path)))));
  on('STAT', (id, path: string) => sftp.attrs(id, attributesOf(lstatSync(at(path)))));
  on('FSTAT', (id, handle: Buffer) => sftp.attrs(id, attributesOf(fstatSync(fileIn(handle)))));
  on('OPEN', (id, path: string, flags: number) => sftp.handle(id, handleOf(openSync(at(path), wayOf(flags), 0o600))));
  on('READ', (id, handle: Buffer, offset: number, length: number) => {
    if (strange.isHung) return;
    const block = Buffer.alloc(Math.min(length, Math.max(0, (strange.endsAt ?? Infinity) - offset)));
    const bytes = block.length === 0 ? 0 : readSync(fileIn(handle), block, 0, block.length, offset);
    if (bytes === 0) sftp.status(id, endOfFile);
    else sftp.data(id, block.subarray(0, bytes));
  });
  on('WRITE', (id, handle: Buffer, offset: number, bytes: Buffer) => {
    if (strange.isHung) return;
    const { failingWrite } = strange;
    if (failingWrite !== undefined && (failingWrite.k -= 1) === 0) return sftp.status(id, failure, failingWrite.words);
    writeSync(fileIn(handle), bytes, 0, bytes.length, offset);
    sftp.status(id, ok);
  });
  on('CLOSE', (id, handle: Buffer) => {
    if (!isFolderHandle(handle)) closeSync(fileIn(handle));
    else listed.delete(handle.toString());
    sftp.status(id, ok);
  });
  on('OPENDIR', (id, path: string) => (readdirSync(at(path)), sftp.handle(id, Buffer.from(`folder ${path}`))));
  on('READDIR', (id, handle: Buffer) => {
    if (listed.has(handle.toString())) return sftp.status(id, endOfFile);
    listed.add(handle.toString());
    sftp.name(id, entriesOf(at(handle.toString().slice('folder '.length)), strange));
  });
  on(
    'MKDIR',
    done((path: string) => mkdirSync(at(path), { mode: 0o700 })),
  );
  on(
    'RMDIR',
    done((path: string) => rmdirSync(at(path))),
  );
  on(
    'REMOVE',
    done((path: string) => unlinkSync(at(path))),
  );
  on(
    'RENAME',
    done((from: string, to: string) => renameUnlessThere(at(from), at(to))),
  );
}

function entriesOf(folder: string, { doubled = false, extra = [] }: Strangeness) {
  const own = ['.', '..', ...readdirSync(folder)].map((name) => [name, lstatSync(join(folder, name))] as const);
  const likeOf = { file: lstatSync(__filename), directory: lstatSync(__dirname) };
  const all = [...own, ...extra.map(({ name, type }) => [name, likeOf[type]] as const)];
  return (doubled ? [...all, ...all] : all).map(([filename, stats]) => ({
    filename,
    longname: filename,
    attrs: attributesOf(stats),
  }));
}

/** As the draft of SFTP 3 has it: what is there already is in the way. */
function renameUnlessThere(from: string, to: string): void {
  if (existsSync(to)) throw new Error('it is there');
  renameSync(from, to);
}

function attributesOf({ mode, size, uid, gid }: Stats): Attributes {
  return { mode, size, uid, gid, atime: 0, mtime: 0 };
}

/** Bits of SFTP's OPEN: write, and create with truncation. */
function wayOf(flags: number): 'r' | 'r+' | 'w' {
  if ((flags & 0x10) !== 0) return 'w';
  return (flags & 0x2) === 0 ? 'r' : 'r+';
}

function handleOf(file: number): Buffer {
  return Buffer.from(`file ${file}`);
}

function fileIn(handle: Buffer): number {
  return Number(handle.toString().slice('file '.length));
}

function isFolderHandle(handle: Buffer): boolean {
  return handle.toString().startsWith('folder ');
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
