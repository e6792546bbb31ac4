import { spawnSync } from 'node:child_process';

/** Why Prometheus' own checks cannot be made here; undefined where they can. */
export const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0
    ? undefined
    : 'promtool is not on the PATH (Debian: package prometheus)';
