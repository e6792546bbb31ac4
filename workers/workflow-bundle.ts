import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';

/** Where `npm run build` puts the bundle, beside the compiled code. */
export const builtBundle = join(__dirname, '..', 'workflow-bundle.js');

let bundled: Promise<WorkflowBundleOption> | undefined;

/** The workflows as one file: the one that the build made, else made now, once in the life of the process. */
export function workflowBundle(): Promise<WorkflowBundleOption> {
  bundled ??= findOrBundle();
  return bundled;
}

async function findOrBundle(): Promise<WorkflowBundleOption> {
  const given = process.env['CAIRN_WORKFLOW_BUNDLE'];
  if (given !== undefined) return { code: await readFile(given, 'utf8') };
  if (__filename.endsWith('.js') && existsSync(builtBundle)) return { codePath: builtBundle };
  return await bundleWorkflows();
}

/** Bundles the workflows; fails when they import anything that a workflow may not use. */
export function bundleWorkflows() {
  return bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', 'workflows'),
    workflowInterceptorModules: [join(__dirname, '..', 'workflows', 'stale-activations')],
    logger: new DefaultLogger('WARN'),
    // The sources themselves are not needed to name a line, and a worker would keep them in memory.
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-source-map' }),
  });
}
