import { spawnSync } from 'node:child_process';

/** Why Prometheus' own checks cannot be made here; undefined where they can. */
export const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0
    ? undefined
    : 'promtool is not on the PATH (Debian: package prometheus)';

/** What `promtool` finds to say; empty when all is well. */
export function promtool(args: readonly string[], { input = '', cwd = process.cwd() } = {}): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, cwd, encoding: 'utf8' });
  return status === 0 && stderr === '' ? '' : `${stdout}\n${stderr}\nexit code ${status}`;
}
