import { BackupError, type ErrorKind } from '../model/errors';
import type { Share } from './mounts';
import { addressOf, type IpMode } from './server-address';

export interface CifsShare {
  readonly server: string;
  /** `/SHARE`, or a folder in it. */
  readonly path: string;
  readonly ipMode?: IpMode | undefined;
  /** The newest that both sides know when absent. */
  readonly version?: 2.1 | 3 | '3.1.1' | undefined;
  readonly port?: number | undefined;
  readonly username: string;
  readonly password: () => Promise<string>;
  readonly domain?: string | undefined;
}

/**
 * `soft` and `echo_interval`: a server that is silent for three echoes is given up, and what waits for it ends with an error.
 * Attributes are not kept: other workers write there, too. Files look as if they were the worker's own.
 */
const options = 'rw,soft,echo_interval=10,actimeo=0,iocharset=utf8,file_mode=0600,dir_mode=0700,nosuid,nodev,noexec';

const versions = { '2.1': '2.1', '3': '3.0', '3.1.1': '3.1.1' } as const;

/** A share of an SMB server. The password goes by the environment of the command: it is in no list of processes and no file. */
export function cifsShare({ server, path, ipMode, version, port, username, password, domain }: CifsShare): Share {
  return {
    text: `//${server}${path}`,
    helper: { command: 'mount.cifs', debian: 'cifs-utils', redHat: 'cifs-utils' },
    async command(at) {
      const found = await addressOf(server, ipMode);
      const more = [
        `username=${username}`,
        `ip=${found.address}`,
        ...(domain === undefined ? [] : [`domain=${domain}`]),
        ...(version === undefined ? [] : [`vers=${versions[version]}`]),
        ...(port === undefined ? [] : [`port=${port}`]),
      ];
      const argv = ['mount.cifs', `//${server}${path}`, at, '-o', [options, ...more].join(',')];
      return { argv, env: { PASSWD: usable(await password(), server) } };
    },
    explain(said) {
      const code = Number(/mount error\((\d+)\)/.exec(said)?.[1]);
      return meanings[code] ?? (/not supported by the system/.test(said) ? noKernel : unknown);
    },
  };
}

/** mount.cifs reads one line of at most 512 bytes. */
function usable(password: string, server: string): string {
  if (!/[\n\0]/.test(password) && Buffer.byteLength(password) <= 512) return password;
  throw new BackupError('invalid', `the password for ${server} has several lines, or more than 512 bytes`, {
    hint: "write only the password into the secret that the worker's cairn.yaml names",
  });
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint: string;
}

const wrongLogin: Meaning = {
  kind: 'denied',
  hint: "correct username, domain or the secret of the task's target, or let this user use the share",
};
const noShare: Meaning = { kind: 'precondition', hint: 'the server has no share, or no folder in it, of this name' };
const noVersion: Meaning = {
  kind: 'precondition',
  hint: "the server does not speak this version of SMB; give another one as version in the task's target",
};
const noKernel: Meaning = {
  kind: 'precondition',
  hint: "this host's kernel cannot mount it, or may not (in a container: CAP_SYS_ADMIN and the module cifs are needed)",
};
const unknown: Meaning = { kind: 'unavailable', hint: 'see whether the SMB server runs and this host reaches it' };

/** By the numbers of errno on Linux. */
const meanings: { readonly [errno: number]: Meaning } = {
  1: noKernel,
  2: noShare,
  6: noShare,
  13: wrongLogin,
  19: noKernel,
  20: noShare,
  22: noVersion,
  93: noVersion,
  95: noVersion,
  126: wrongLogin,
  127: wrongLogin,
  128: wrongLogin,
  129: wrongLogin,
};
