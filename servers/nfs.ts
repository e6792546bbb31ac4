import type { ErrorKind } from '../model/errors';
import type { Share } from './mounts';
import { addressOf, type IpMode } from './server-address';

export interface NfsShare {
  readonly server: string;
  /** What is exported, or a folder in it. */
  readonly path: string;
  readonly ipMode?: IpMode | undefined;
  /** The newest that both sides know when absent. */
  readonly version?: 3 | 4 | 4.1 | 4.2 | undefined;
  readonly port?: number | undefined;
}

/**
 * `soft` with these times: an operation that the server does not answer ends with an error after a minute at the most
 * (10 + 20 + 30 s). `nolock`: nothing is locked, and NFSv3 would need rpc.statd for it. No attributes and names are kept: other
 * workers write there, too. `retry=0`: who tries again is Temporal.
 */
const options =
  'rw,soft,timeo=100,retrans=2,retry=0,nolock,actimeo=0,lookupcache=none,nosharecache,nosuid,nodev,noexec';

/** A folder that an NFS server exports. */
export function nfsShare({ server, path, ipMode, version, port }: NfsShare): Share {
  return {
    text: `${server}:${path}`,
    helper: { command: 'mount.nfs', debian: 'nfs-common', redHat: 'nfs-utils' },
    async command(at) {
      const found = await addressOf(server, ipMode);
      const more = [
        `proto=${found.mode === 'ipv6' ? 'tcp6' : 'tcp'}`,
        ...(version === undefined ? [] : [`vers=${version}`]),
        ...(port === undefined ? [] : [`port=${port}`]),
      ];
      const host = server.includes(':') ? `[${server}]` : server;
      return { argv: ['mount.nfs', `${host}:${path}`, at, '-o', [options, ...more].join(',')] };
    },
    explain: (said) => sayings.find(({ pattern }) => pattern.test(said)) ?? unknown,
  };
}

interface Saying {
  readonly pattern: RegExp;
  readonly kind: ErrorKind;
  readonly hint: string;
}

const sayings: readonly Saying[] = [
  {
    pattern: /access denied by server/i,
    kind: 'denied',
    hint: 'export the folder to this host (/etc/exports of the server, then `exportfs -ra`), with rw',
  },
  {
    pattern: /No such file or directory|Not a directory/i,
    kind: 'precondition',
    hint: 'the server exports no such folder; `showmount -e SERVER` lists what it exports over NFSv3',
  },
  {
    pattern: /version or transport protocol is not supported|Protocol not supported|Program not registered/i,
    kind: 'precondition',
    hint: "the server does not speak this version of NFS; give another one as version in the task's target",
  },
  {
    pattern: /No such device|unknown filesystem|Operation not permitted|incorrect mount option/i,
    kind: 'precondition',
    hint: "this host's kernel cannot mount it, or may not (in a container: CAP_SYS_ADMIN and the module nfs are needed)",
  },
];

const unknown = { kind: 'unavailable', hint: 'see whether the NFS server runs and this host reaches it' } as const;
