import { installRuntime } from '../workers/log';
import { benchArchive } from './archive';
import { benchDistCp } from './dist-cp';
import { benchEmptyRun } from './empty-run';
import { benchMemory } from './memory';
import { benchUpload } from './upload';

const benches: { readonly [name: string]: () => Promise<void> } = {
  archive: benchArchive,
  'empty-run': benchEmptyRun,
  memory: benchMemory,
  'dist-cp': benchDistCp,
  'upload-local-dir': benchUpload('local-dir'),
  'upload-sftp': benchUpload('sftp'),
  'upload-obs': benchUpload('obs'),
  'upload-obs-tls': benchUpload('obs-tls'),
};

/** npm run bench [-- NAME …]; all of them without a name. Nothing else should run on the machine meanwhile. */
async function main(names: readonly string[]): Promise<void> {
  installRuntime();
  for (const name of names.length === 0 ? Object.keys(benches) : names) {
    const bench = benches[name];
    if (bench === undefined)
      throw new Error(`there is no bench "${name}". HINT: there are: ${Object.keys(benches).join(', ')}`);
    process.stdout.write(`\n== ${name}\n`);
    await bench();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
