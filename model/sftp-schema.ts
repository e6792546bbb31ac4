import { z } from 'zod';
import { addressKind, isMisleading, serverPattern, taskNamePattern } from './names';

const fingerprint = 'SHA256:[A-Za-z0-9+/]{43}';
const keyType = 'ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)';
/** A line of `known_hosts` with or without the hosts before it; one with a marker (`@revoked`) is none. */
const knownHost = `([^@\\s]\\S* )?(${keyType}) [A-Za-z0-9+/]+={0,2}( [^\\u0000-\\u001f]*)?`;
const hostKeyPattern = new RegExp(`^(${fingerprint}|${knownHost})$`);

/** A directory of a server's as people write it: absolute, not the root, without `.`, `..` and empty parts. */
function isServerPath(path: string): boolean {
  const [first, ...names] = path.split('/');
  return (
    first === '' &&
    names.length > 0 &&
    path.length <= 1000 &&
    !isMisleading(path) &&
    !path.includes('\\') &&
    names.every((name) => !['', '.', '..'].includes(name))
  );
}

const secretName = z.string().regex(taskNamePattern, 'the name of a secret');

const plainSchema = z.strictObject({
  kind: z.literal('sftp').describe('a directory of an SFTP server'),
  server: z.string().regex(serverPattern, 'a host name or an IP address').describe("the server's name or address"),
  port: z.int().min(1).max(65535).default(22).describe("the server's port"),
  ipMode: z
    .enum(['ipv4', 'ipv6'])
    .optional()
    .describe("which of the server's addresses is taken; whichever its name gives when absent"),
  username: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@+\\-]{0,63}$/, 'a user name')
    .describe('who cairn is on the server'),
  passwordSecret: secretName
    .optional()
    .describe("the user's password: its name under secrets in the workers' cairn.yaml; this, or `keySecret`"),
  keySecret: secretName.optional().describe("the user's private key, as OpenSSH writes it; likewise"),
  keyPassphraseSecret: secretName.optional().describe('what opens that key, where it is locked; likewise'),
  hostKey: z
    .string()
    .max(1000)
    .regex(hostKeyPattern, 'a fingerprint such as SHA256:… (43 characters), or a line of known_hosts')
    .optional()
    .describe("how the server is known; when absent it is refused, and the refusal says its key's fingerprint"),
  path: z
    .string()
    .refine(isServerPath, 'an absolute path without "..", a backslash or a slash at its end, and not "/" itself')
    .describe("a directory that exists, for cairn's sets alone"),
});

/** How a directory of an SFTP server is written as a target (product facts §4). */
export const sftpSchema = plainSchema.superRefine((target, context) => {
  const { passwordSecret, keySecret, keyPassphraseSecret, server, ipMode } = target;
  const refuse = (field: keyof typeof target, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if ((passwordSecret === undefined) === (keySecret === undefined))
    refuse('passwordSecret', 'either `passwordSecret` or `keySecret`');
  if (keyPassphraseSecret !== undefined && keySecret === undefined)
    refuse('keyPassphraseSecret', 'this field only with `keySecret`');
  if (ipMode !== undefined && addressKind(server) !== undefined && addressKind(server) !== ipMode)
    refuse('ipMode', `the kind of address that ${server} is`);
});
export type SftpSpec = z.infer<typeof sftpSchema>;
