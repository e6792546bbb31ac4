import { connect as connectSocket, type Socket } from 'node:net';
import { BackupError, messageOf } from '../model/errors';
import { type ConnectConfig, openPackageClient, type PackageConnection, type PackageSftp } from './sftp-package';
import { fingerprintOf, hostKeyRule, type HostKeyRule, keyTypeOf } from './ssh-host-key';

/** An SFTP server, and how this worker proves who it is. Secrets are functions that are called at the last moment. */
export interface SftpPlace {
  readonly server: string;
  readonly port: number;
  readonly ipMode?: 'ipv4' | 'ipv6';
  readonly username: string;
  readonly password?: () => Promise<string>;
  readonly key?: () => Promise<string>;
  readonly keyPassphrase?: () => Promise<string>;
  /** A fingerprint or a line of `known_hosts`; without one no server is accepted. */
  readonly hostKey?: string;
}

/** A session that serves. The connection is the caller's to end. */
export interface SftpConnection {
  readonly socket: Socket;
  readonly sftp: PackageSftp;
  readonly connection: PackageConnection;
}

/** So often the server is asked to say anything, so that its silence tells. */
const keepaliveMs = 10_000;

/**
 * Connects, checks the server's key before anything else is said, and logs in. `denied` for a foreign or unknown key and
 * for a refused login, `precondition` for a server without SFTP, `unavailable` for one that does not answer in time.
 */
export async function connectSftp(place: SftpPlace, withinMs: number): Promise<SftpConnection> {
  const login = await loginOf(place);
  const seen: Seen = { rule: hostKeyRule(place.hostKey) };
  const client = openPackageClient();
  client.client.prependListener('error', (error) => (seen.error ??= error));
  if (login.password !== undefined) answerPrompts(client.client, login.password);
  const socket = socketTo(place);
  const clock = setTimeout(() => socket.destroy(new Error(`no answer within ${withinMs} ms`)), withinMs);
  try {
    const sftp = await client.connect({ ...configOf(seen), ...login, sock: socket, username: place.username });
    return { socket, sftp, connection: client.client };
  } catch (error) {
    socket.destroy();
    throw explained(place, seen, error);
  } finally {
    clearTimeout(clock);
  }
}

/** `host:port` for messages. */
export function placeText({ server, port }: Pick<SftpPlace, 'server' | 'port'>): string {
  return `sftp server ${server.includes(':') ? `[${server}]` : server}:${port}`;
}

interface Seen {
  readonly rule: HostKeyRule;
  /** What the server showed, when it was not accepted. */
  foreignKey?: Buffer;
  /** The first error of the connection. */
  error?: Error & { level?: string };
}

type Login = Pick<ConnectConfig, 'password' | 'tryKeyboard' | 'privateKey' | 'passphrase'>;

async function loginOf({ password, key, keyPassphrase }: SftpPlace): Promise<Login> {
  return {
    ...(password && { password: await password(), tryKeyboard: true }),
    ...(key && { privateKey: await key() }),
    ...(keyPassphrase && { passphrase: await keyPassphrase() }),
  };
}

/** Some servers take a password only as the answer to a question. One that asks for more than it is not answered. */
function answerPrompts(connection: PackageConnection, password: string): void {
  connection.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) =>
    answer(prompts.length === 1 ? [password] : []),
  );
}

/** A socket of our own: without `noDelay` each small request waits for the answer to the one before. */
function socketTo({ server, port, ipMode }: SftpPlace): Socket {
  const family = ipMode === undefined ? 0 : ipMode === 'ipv4' ? 4 : 6;
  return connectSocket({ host: server, port, family, noDelay: true });
}

function configOf(seen: Seen) {
  const { rule } = seen;
  return {
    hostVerifier: (key: Buffer) => {
      const accepted = rule.accepts(key);
      if (!accepted) seen.foreignKey = key;
      return accepted;
    },
    ...(rule.algorithms && { algorithms: { serverHostKey: rule.algorithms } }),
    readyTimeout: 0,
    keepaliveInterval: keepaliveMs,
    // The package would count answers that wait behind what we send, and give up on a slow line: see sftp-requests.ts.
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
  };
}

function explained(place: SftpPlace, { foreignKey, error: first }: Seen, thrown: unknown): BackupError {
  const where = placeText(place);
  const error = first ?? thrown;
  const message = messageOf(error).replace(/^getConnection: /, '');
  if (foreignKey !== undefined) return foreign(place, where, foreignKey);
  if (first?.level === 'client-authentication') return loginRefused(place, where);
  if (/privateKey/.test(message))
    return new BackupError('denied', `the private key for ${where} cannot be used: ${message}`, {
      hint: 'the secret must hold a private key as OpenSSH writes it, and keyPassphraseSecret what opens it',
    });
  if (/no matching/.test(message))
    return new BackupError('precondition', `${where} and cairn have no way to talk: ${message}`, {
      hint: 'hostKey may be of a kind that the server does not have; give the fingerprint of one that it has',
    });
  if (/subsystem/.test(message))
    return new BackupError('precondition', `${where} has no SFTP for user ${place.username}`, {
      hint: "see Subsystem in the server's sshd_config",
    });
  return new BackupError('unavailable', `no connection to ${where}: ${message || 'it was closed'}`, {
    hint: 'see that the server runs, and that the worker reaches its port',
  });
}

function foreign({ hostKey }: SftpPlace, where: string, key: Buffer): BackupError {
  const shown = `${keyTypeOf(key)} ${fingerprintOf(key)}`;
  const what = hostKey === undefined ? `the key of ${where} is not known` : `the key of ${where} is another one`;
  return new BackupError('denied', `${what}; nothing was sent to it`, {
    hint: `it showed ${shown}; when the server's administrator confirms that, write it as hostKey of the target`,
  });
}

function loginRefused({ username, key }: SftpPlace, where: string): BackupError {
  const by = key === undefined ? 'password' : 'key';
  return new BackupError('denied', `${where} refuses user ${username} with this ${by}`, {
    hint: `see the user name and the ${by} that the secret holds; the server's log may tell more`,
  });
}
