import { z } from 'zod';
import { addressKind, isMisleading, serverPattern, taskNamePattern } from './names';

/** Parts of a path on a server: no `.` and `..`, nothing that a mount's options or a terminal could misread. */
function isSharedPath(path: string): boolean {
  const parts = path.split('/').slice(1);
  return (
    path.startsWith('/') &&
    path.length <= 1024 &&
    !isMisleading(path) &&
    !/[\\,]/.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

const sharedPath = z
  .string()
  .refine((path) => path !== '/', 'a folder below it: the root directory of a server cannot be shared for sets')
  .refine(
    (path) => path === '/' || isSharedPath(path),
    'an absolute path without ".", "..", a comma, a backslash or a slash at its end',
  );

const server = z
  .string()
  .regex(serverPattern, 'a host name or an IP address')
  .optional()
  .describe('host name or IP address of the server');

const ipMode = z
  .literal(['ipv4', 'ipv6'])
  .optional()
  .describe("which addresses are used; those that the server's name has when absent");

const port = z.int().min(1).max(65_535);

/** A path of the worker's must not stand in a task: only the name that the worker's operator gave it. */
const mounted = z
  .string()
  .regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64')
  .optional()
  .describe("instead of all else: the name, under mounts in the workers' cairn.yaml, of where it is mounted already");

/** How an NFS share is written as a target. */
export const nfsSchema = z
  .strictObject({
    kind: z.literal('nfs').describe('a folder that an NFS server exports; mounted while it is needed'),
    server,
    path: sharedPath.optional().describe('what the server exports, or a folder in it; not its root directory'),
    ipMode,
    version: z
      .literal([3, 4, 4.1, 4.2])
      .optional()
      .describe('the version of NFS; the newest that both sides know when absent'),
    port: port.optional().describe("of NFS on the server; the protocol's own when absent"),
    mounted,
  })
  .superRefine((target, context) => refuseHalf(target, ['server', 'path'], context));

/** How an SMB (CIFS) share is written as a target. */
export const cifsSchema = z
  .strictObject({
    kind: z.literal('cifs').describe('a share of an SMB server; mounted while it is needed'),
    server,
    path: sharedPath.optional().describe('/SHARE, or a folder in it such as /SHARE/backup'),
    ipMode,
    version: z
      .literal([2.1, 3, '3.1.1'])
      .optional()
      .describe('the version of SMB; the newest that both sides know when absent'),
    port: port.optional().describe('445 when absent'),
    username: z
      .string()
      .regex(/^[^\s\\/,%:"[\]|<>+=;?*\p{C}]{1,104}$/u, 'a user name without its domain')
      .optional()
      .describe('who logs in'),
    passwordSecret: z
      .string()
      .regex(taskNamePattern, 'the name of a secret')
      .optional()
      .describe("the name, under secrets in the workers' cairn.yaml, of the user's password"),
    domain: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, 'a domain or workgroup')
      .optional()
      .describe("the user's domain"),
    mounted,
  })
  .superRefine((target, context) => refuseHalf(target, ['server', 'path', 'username', 'passwordSecret'], context));

export type NfsSpec = z.infer<typeof nfsSchema>;
export type CifsSpec = z.infer<typeof cifsSchema>;

/** Either `mounted` alone, or all that a mount needs; and an address that is one of the mode's. */
function refuseHalf(
  target: Partial<Omit<CifsSpec | NfsSpec, 'kind'>>,
  needed: readonly string[],
  context: z.core.$RefinementCtx,
): void {
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const names = given.map(([field]) => field).filter((field) => field !== 'kind' && field !== 'mounted');
  if (target.mounted !== undefined) {
    for (const field of names) refuse(field, 'this field only without mounted, which says it all');
    return;
  }
  for (const field of needed.filter((one) => !names.includes(one))) refuse(field, 'this field, or mounted');
  const mode = addressKind(target.server ?? '');
  if (mode === undefined || target.ipMode === undefined || mode === target.ipMode) return;
  refuse('ipMode', `${mode}, as the server's address is one of ${mode}`);
}

/** A NAS target as people know it: `nas1:/srv/backup`, `//nas1/backup`, `mounted NAME`. */
export function nasText({ kind, server, path, mounted }: NfsSpec | CifsSpec): string {
  if (mounted !== undefined) return `mounted ${mounted}`;
  return kind === 'cifs' ? `//${server}${path}` : `${server}:${path}`;
}
